import CKernels

/// What the process does with memory that is freed.
package enum FreedMemory {
    /// Keeps up to `most` bytes instead of returning them to the system at once.
    ///
    /// Every operation makes its result anew. Results of a prompt have tens of megabytes, which glibc would map and unmap
    /// each time, so that each page is cleared and faulted in again. Other C libraries are left as they are.
    package static func keep(most: Int = 128 << 20) { isobath_keep_freed_memory(most) }

    /// Keeps what a step of training frees for the next one, which makes as many results of the same sizes, and holds all of
    /// them until its derivatives are taken.
    package static func keepForTraining() { keep(most: 1 << 30) }
}
