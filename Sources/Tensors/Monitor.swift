import Foundation

/// A value that threads look at one after another, and on whose changes they can wait.
///
/// `@unchecked Sendable`: `value` is touched only by whoever holds the lock of `condition`.
package final class Monitor<Value: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: Value

    package init(_ value: Value) { self.value = value }

    /// Calls `body` with the value, and wakes those that wait for a change of it.
    package func change<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        condition.lock()
        defer {
            condition.broadcast()
            condition.unlock()
        }
        return try body(&value)
    }

    /// Calls `body` with the value now and after every change, until it has a result.
    /// - Precondition: a `body` without a result has changed nothing: nobody would be told.
    package func wait<Result>(_ body: (inout Value) throws -> Result?) rethrows -> Result {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if let result = try body(&value) { return result }
            condition.wait()
        }
    }
}
