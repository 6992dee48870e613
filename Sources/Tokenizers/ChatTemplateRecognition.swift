extension ChatTemplate {
    /// The template that `jinja`, a checkpoint's `chat_template`, is; `nil` for any that is not known here.
    ///
    /// Layout does not matter, wording does. V3's text is also Prover V2's and is taken for V3's.
    public init?(recognizing jinja: String) {
        guard let outline = JinjaOutline(jinja),
            let template = ChatTemplate.fingerprints[outline.fingerprint]
        else { return nil }
        self = template
    }

    /// `JinjaOutline.fingerprint` of each template.
    private static let fingerprints: [UInt64: ChatTemplate] = [
        0x2A06_D0A5_063C_3702: .plain,
        0x1074_E9EE_C590_3DAA: .coder,
        0xCE55_3293_58A6_6690: .v3,
        0x3D6E_278D_FCFC_7DCA: .r1DistillFirst,
        0xC381_B15D_6FA7_4F3E: .r1Distill,
        0x0CDD_FADF_B24C_E9CA: .r1First,
        0xAA26_C39B_E23D_3B3E: .r1,
        0x65B3_72AD_2EB2_A9F8: .v31,
    ]
}
