extension ThreadPool {
    /// What `transform` makes of every number below `count`, in their order; it runs on several threads at once.
    /// - Throws: what `transform` throws for the lowest of the numbers for which it throws.
    package func map<Value, Failure: Error>(
        count: Int, _ transform: (Int) throws(Failure) -> Value
    ) throws(Failure) -> [Value] {
        let results = [Result<Value, Failure>](unsafeUninitializedCapacity: max(count, 0)) { buffer, initialized in
            // Safe: the pool calls its body once for every index, so that each place is filled once.
            parallelChunks(count: count) { index in
                buffer.initializeElement(at: index, to: Result { () throws(Failure) in try transform(index) })
            }
            initialized = max(count, 0)
        }
        var values: [Value] = []
        values.reserveCapacity(results.count)
        for result in results { values.append(try result.get()) }
        return values
    }
}
