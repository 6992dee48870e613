import ArgumentParser
import Tensors

/// The program: one verb a file, no logic of its own.
@main
struct IsobathCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isobath",
        abstract: "Run DeepSeek models on your own machine.",
        discussion: """
            MODEL is a GGUF file, a folder with safetensors, or a name. Without one, the very small model that comes \
            with the program answers.

              isobath chat                           talk to the model that comes along
              isobath run "What is 347 + 586?"       one answer to standard output
              isobath pull ORG/NAME                  bring a real model from a hub
              isobath chat ORG/NAME                  and talk to it
              isobath inspect model.gguf             what it is and what it needs
            """,
        version: "0.1.0",
        subcommands: [
            RunCommand.self, ChatCommand.self, InspectCommand.self, TokenizeCommand.self, DetokenizeCommand.self,
            ScoreCommand.self, PerplexityCommand.self, CompareCommand.self, BenchCommand.self, VerifyCommand.self,
            SynthCommand.self, ConvertCommand.self, QuantizeCommand.self, ImportanceCommand.self,
            EvalCommand.self, StudyCommand.self, GradientsCommand.self, TrainTokenizerCommand.self, DataCommand.self,
            AdapterCommand.self, TrainCommand.self, ReportCommand.self, ScalingCommand.self, ServeCommand.self,
            PullCommand.self, ListCommand.self, ShowCommand.self, RemoveCommand.self, ProcessesCommand.self,
        ])

    static func main() async {
        // A reader that goes away (`isobath run … | head`) ends the program by a failed write, not by a signal.
        ignoreBrokenPipes()
        FreedMemory.keep()
        await main(nil)
    }
}
