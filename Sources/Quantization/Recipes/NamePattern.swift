/// A tensor's name in which `*` stands for any characters.
struct NamePattern: Sendable, Equatable {
    /// What was written.
    let text: String
    private let bytes: [UInt8]

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8)
    }

    /// Whether the bytes of a name fit. At most quadratic: only the last star is ever tried again.
    func fits(_ name: [UInt8]) -> Bool {
        let star = UInt8(ascii: "*")
        var (place, next) = (0, 0)
        // Where to go on if what follows the last star does not fit: the star takes one byte more.
        var (retryPlace, retryNext) = (-1, 0)
        while place < name.count {
            if next < bytes.count, bytes[next] == star {
                next += 1
                (retryPlace, retryNext) = (place, next)
            } else if next < bytes.count, bytes[next] == name[place] {
                place += 1
                next += 1
            } else if retryPlace >= 0 {
                retryPlace += 1
                (place, next) = (retryPlace, retryNext)
            } else {
                return false
            }
        }
        return bytes[next...].allSatisfy { $0 == star }
    }
}
