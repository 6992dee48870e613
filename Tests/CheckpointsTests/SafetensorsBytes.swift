/// Makes safetensors files for tests: a header, and as many bytes of data.
enum SafetensorsBytes {
    /// The header as given, without padding.
    static func file(_ header: String, dataCount: Int) -> [UInt8] {
        file(header, data: [UInt8](repeating: 0, count: dataCount))
    }

    static func file(_ header: String, data: [UInt8]) -> [UInt8] {
        littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + data
    }

    /// The entry of one tensor.
    static func entry(
        _ name: String = "tensor", _ type: String = "F32", _ shape: String = "[2]", _ offsets: String = "[0,8]"
    ) -> String {
        #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
    }

    /// A file of two tensors and some metadata.
    static let sample = file(
        "{\(#""__metadata__":{"format":"pt"}"#),\(entry()),\(entry("other", "BF16", "[1,3]", "[8,14]"))}", dataCount: 14
    )
}
