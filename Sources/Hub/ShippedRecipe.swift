import Files
import Foundation

/// The recipes for quantization that come with the program: YAML files, each under its name.
public enum ShippedRecipe {
    /// The names of all recipes, in order.
    /// - Throws: `InputError.Kind.missing` if the program was moved without its resources.
    public static func names() throws -> [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: try folder())) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// The path of the file that `recipe` stands for: itself if there is such a file, otherwise that of a known name, in any
    /// case.
    /// - Throws: `InputError` listing the names if it is neither.
    public static func path(of recipe: String) throws -> String {
        if !recipe.isEmpty, !recipe.utf8.contains(0), FileManager.default.fileExists(atPath: recipe) { return recipe }
        // A name is only compared with the known ones; it never becomes part of a path.
        let names = try names()
        guard let name = names.first(where: { $0 == recipe.lowercased() }) else {
            throw InputError(
                .missing, source: printable(recipe, limit: 100),
                found: "found neither a recipe of that name nor a file there",
                expected: "the path of a recipe, or the name of one",
                advice: ModelLocation.choice(recipe, of: names))
        }
        return URL(filePath: try folder()).appending(path: name + ".yaml").path(percentEncoded: false)
    }

    private static func folder() throws -> String {
        try ShippedModel.resource("recipes", marker: "q4_k_m.yaml", below: ShippedModel.resourceFolders)
    }
}
