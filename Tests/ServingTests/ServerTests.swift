import HummingbirdTesting
import Serving
import Testing

@Test func begins() { _ = Server.self }
