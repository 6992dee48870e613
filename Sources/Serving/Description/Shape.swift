import Files

/// What the JSON of a request or an answer looks like.
///
/// One description has two uses: requests are checked against it, and the OpenAPI document is written from it, so that the
/// document cannot promise what the server does not keep.
indirect enum Shape: Sendable {
    /// Anything at all.
    case any
    /// One of these texts; any text where there are none.
    case string(among: [String] = [], length: ClosedRange<Int> = 0...Int(Int32.max))
    /// The name of a model that is served. Others are told apart only when the model is looked for.
    case model
    case integer(ClosedRange<Int>)
    case number(ClosedRange<Double>)
    case boolean
    case null
    case array(Shape, count: ClosedRange<Int> = 0...Int(Int32.max))
    /// Members that are known; others are let pass, as the programs do that these interfaces come from.
    case object([Field])
    /// Members of any name and one shape.
    case map(Shape, count: ClosedRange<Int> = 0...Int(Int32.max))
    case either([Shape])
    /// A shape that stands in the document once, under this name.
    case named(String, Shape)

    /// A text of any length.
    static var text: Shape { .string() }
    /// Any whole number from 0 on that a 32-bit integer holds.
    static var count: Shape { .integer(0...Int(Int32.max)) }
    /// Any number.
    static var anyNumber: Shape { .number(-Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude) }
    /// An object of which nothing is known.
    static var anyObject: Shape { .map(.any) }
    /// `shape`, or `null`.
    static func nullable(_ shape: Shape) -> Shape { .either([shape, .null]) }
}

/// A member of an object.
struct Field: Sendable {
    let name: String
    let shape: Shape
    let isRequired: Bool
    /// What it does, in a sentence.
    let note: String

    /// A member that may be left out, or be `null`.
    static func optional(_ name: String, _ shape: Shape, _ note: String = "") -> Field {
        Field(name: name, shape: shape, isRequired: false, note: note)
    }

    /// A member that must be there.
    static func required(_ name: String, _ shape: Shape, _ note: String = "") -> Field {
        Field(name: name, shape: shape, isRequired: true, note: note)
    }
}
