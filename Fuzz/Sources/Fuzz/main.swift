import CFuzzer
import Foundation

// fuzz TARGET [libFuzzer's arguments]

/// The target of this run; set once before the loop starts, which calls from one thread.
nonisolated(unsafe) var target = FuzzTarget.gguf

guard CommandLine.argc > 1, let name = CommandLine.arguments.dropFirst().first, let chosen = FuzzTarget(rawValue: name)
else {
    print("usage: fuzz \(FuzzTarget.allCases.map(\.rawValue).joined(separator: "|")) [arguments of libFuzzer]")
    exit(64)
}
target = chosen

// libFuzzer must not see the target's name, which it would take for a folder.
var arguments: [UnsafeMutablePointer<CChar>?] = CommandLine.arguments.enumerated().filter { $0.offset != 1 }
    .map { strdup($0.element) }
var count = CInt(arguments.count)
arguments.append(nil)
let status = arguments.withUnsafeMutableBufferPointer { buffer in
    var start = buffer.baseAddress
    return LLVMFuzzerRunDriver(&count, &start) { data, size in
        target.run(UnsafeRawBufferPointer(start: data, count: size))
        return 0
    }
}
exit(status)
