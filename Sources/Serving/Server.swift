import Hummingbird
import HummingbirdTLS
import Logging

/// Models behind HTTP.
package struct Server: Sendable {}
