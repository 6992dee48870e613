import ArgumentParser
import Benchmarking
import Files
import Tensors

/// Which kernels `isobath bench --kernels` measures.
struct KernelOptions: ParsableArguments {
    @Option(help: "Formats of weights, like q4_k,f16, or none; all unless given.")
    var types: String?

    @Option(help: "Matrices of weights, outputs by inputs.")
    var shapes = "4096x4096,1408x2048"

    @Option(help: "Rows of activations, or queries.")
    var rows = NumberList([1, 4, 16, 48, 512])

    @Option(help: "Kinds of attention: grouped, latent, expanded, expanding; or none.")
    var attention = KernelPlan.allAttentions.joined(separator: ",")

    func plan() throws -> KernelPlan {
        var plan = KernelPlan()
        plan.attentions = try attentions()
        if let types {
            plan.types = types == "none" ? [] : try types.split(separator: ",").map { try type(String($0)) }
        }
        plan.shapes = try shapes.split(separator: ",").map { try shape(String($0)) }
        plan.rows = rows.values
        return plan
    }

    private func attentions() throws -> [String] {
        if attention == "none" { return [] }
        let names = attention.split(separator: ",").map(String.init)
        if let stray = names.first(where: { !KernelPlan.allAttentions.contains($0) }) {
            throw invalid("--attention", stray, "one of \(KernelPlan.allAttentions.joined(separator: ", "))")
        }
        return names
    }

    private func type(_ name: String) throws -> ElementType {
        if let type = KernelPlan.allTypes.first(where: { $0.rawValue == name.uppercased() }) { return type }
        let names = KernelPlan.allTypes.map { $0.rawValue.lowercased() }.joined(separator: ", ")
        throw invalid("--types", name, "one of \(names)")
    }

    private func shape(_ text: String) throws -> KernelPlan.Shape {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false).compactMap { Int($0) }
        guard parts.count == 2 else { throw invalid("--shapes", text, "outputs by inputs, like 4096x4096") }
        return KernelPlan.Shape(outputs: parts[0], inputs: parts[1])
    }

    private func invalid(_ option: String, _ found: String, _ expected: String) -> InputError {
        InputError(
            .invalidValue, source: "command line", field: option, found: "found \"\(found)\"", expected: expected,
            advice: "correct the option")
    }
}
