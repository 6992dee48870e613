import ArgumentParser

@main
struct IsobathCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "isobath", abstract: "DeepSeek models, natively.")
}
