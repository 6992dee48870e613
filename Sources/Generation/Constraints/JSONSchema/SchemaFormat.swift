/// The formats of strings that schemas may name. All strings that a format's pattern matches have the format; spellings
/// that readers disagree about are left out.
enum SchemaFormat: String, CaseIterable {
    case date, time
    case dateTime = "date-time"
    case duration, uuid, email, hostname, ipv4

    /// The whole string.
    var pattern: String {
        switch self {
        case .date: Self.day
        case .time: Self.clock
        case .dateTime: "(?:\(Self.day))T\(Self.clock)"
        case .duration: Self.span
        case .uuid: "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
        case .email: #"\#(Self.atom)(?:\.\#(Self.atom)){0,4}@\#(Self.host)"#
        case .hostname: Self.host
        case .ipv4: #"(?:\#(Self.octet)\.){3}\#(Self.octet)"#
        }
    }

    /// RFC 3339, full-date, in the years 1000 to 2999: as many days as the month has in that year.
    private static let day: String = {
        let leapYear = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)"
        let long = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
        let short = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
        let february = "02-(?:0[1-9]|1[0-9]|2[0-8])"
        return "[12][0-9]{3}-(?:\(long)|\(short)|\(february))|\(leapYear)-02-29"
    }()

    /// RFC 3339, full-time, without leap seconds.
    private static let clock =
        #"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"#

    /// RFC 3339, appendix A.
    private static let span: String = {
        let n = "[0-9]{1,9}"
        let time = "T(?:\(n)H(?:\(n)M(?:\(n)S)?)?|\(n)M(?:\(n)S)?|\(n)S)"
        let date = "(?:\(n)Y(?:\(n)M(?:\(n)D)?)?|\(n)M(?:\(n)D)?|\(n)D)"
        return "P(?:\(date)(?:\(time))?|\(time)|\(n)W)"
    }()

    /// RFC 5322, atom.
    private static let atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{1,12}"
    /// RFC 1123, up to eight labels.
    private static let host = #"\#(label)(?:\.\#(label)){0,7}"#
    private static let label = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,28}[A-Za-z0-9])?"
    private static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
}
