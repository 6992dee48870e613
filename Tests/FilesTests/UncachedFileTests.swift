import Files
import Foundation
import TestSupport
import Testing

@Suite final class UncachedFileTests {
    private let folder: String
    private var path: String { folder + "/file" }

    init() throws { folder = try Fixture.temporaryFolder() }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func write(_ count: Int) throws -> [UInt8] {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        try Data(bytes).write(to: URL(filePath: path))
        return bytes
    }

    /// What a reading puts in place of `range`, in memory that is no larger than it must be.
    private func read(_ file: UncachedFile, _ range: Range<Int>) throws -> [UInt8] {
        let span = PageSpan(around: range)
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: span.byteCount, alignment: PageSpan.pageBytes)
        defer { memory.deallocate() }
        memory.initializeMemory(as: UInt8.self, repeating: 0xAA)
        try file.read(span, into: memory)
        return Array(memory[span.lead..<span.lead + range.count])
    }

    @Test(arguments: [1, 4095, 4096, 4097, 100_000, 262_144])
    func everyRangeIsRead(_ count: Int) throws {
        let bytes = try write(count)
        let file = try UncachedFile(path: path, byteCount: count)
        let places = [0, 1, 31, 4095, 4096, 4097, 8192, 50_001, 99_999, count - 1, count].filter {
            (0...count).contains($0)
        }
        for start in places {
            for end in places where end >= start {
                #expect(try read(file, start..<end) == Array(bytes[start..<end]), "\(start)..<\(end)")
            }
        }
    }

    @Test func spansAreWholePages() {
        for range in [0..<0, 0..<1, 4095..<4097, 4096..<8192, 5000..<5001, 8191..<20_000, 4096..<4096] {
            let span = PageSpan(around: range)
            #expect(span.start % 4096 == 0 && span.byteCount % 4096 == 0)
            #expect(span.start <= range.lowerBound && range.upperBound <= span.start + span.byteCount)
            #expect(span.lead == range.lowerBound - span.start && span.lead < 4096)
            #expect(span.byteCount < range.count + 2 * 4096)
        }
        #expect(PageSpan(around: 4096..<8192).byteCount == 4096)
    }

    /// A file that shrinks while it is open is an error, at whatever place it ends.
    @Test(arguments: [0, 1, 4096, 10_000, 99_999])
    func filesThatShrinkAreAnError(_ size: Int) throws {
        let bytes = try write(100_000)
        let file = try UncachedFile(path: path, byteCount: 100_000)
        #expect(truncate(path, size) == 0)
        let error = #expect(throws: InputError.self) { _ = try read(file, 50..<100_000) }
        #expect(error?.kind == .truncated && error?.source == path)
        if size > 100 { #expect(try read(file, 50..<size) == Array(bytes[50..<size])) }
    }

    @Test(arguments: [0..<1, 5..<4096, 4095..<4097, 100..<30_000, 8192..<16_384, 4000..<20_000, 7..<7])
    func piecesAreTheSpan(_ range: Range<Int>) {
        let span = PageSpan(around: range)
        for most in [1, 2, 3, 100].map({ $0 * PageSpan.pageBytes }) {
            var (place, page) = (range.lowerBound, span.start)
            for piece in span.pieces(most: most) {
                #expect(piece.start == page && piece.byteCount <= most && piece.bytes.isEmpty == range.isEmpty)
                #expect(piece.bytes.lowerBound == place)
                (place, page) = (piece.bytes.upperBound, piece.start + piece.byteCount)
            }
            #expect(place == range.upperBound && (range.isEmpty || page == span.start + span.byteCount))
        }
    }

    @Test func filesOfAnotherSizeAreRefused() throws {
        _ = try write(5000)
        for (count, kind) in [(5001, InputError.Kind.truncated), (4999, .invalidValue)] {
            let error = #expect(throws: InputError.self) { _ = try UncachedFile(path: path, byteCount: count) }
            #expect(error?.kind == kind && error?.source == path)
        }
    }

    @Test func whatCannotBeReadIsAnError() throws {
        let error = #expect(throws: InputError.self) { _ = try UncachedFile(path: folder + "/none", byteCount: 1) }
        #expect(error?.kind == .unreadable)
        var status = stat()
        #expect(stat(folder, &status) == 0)
        let directory = try UncachedFile(path: folder, byteCount: Int(status.st_size))
        let failure = #expect(throws: InputError.self) { _ = try read(directory, 0..<1) }
        #expect(failure?.kind == .unreadable)
    }
}
