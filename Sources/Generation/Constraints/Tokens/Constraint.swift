import Files
import Synchronization

/// A grammar compiled for the tokens of a model: it knows at every place of a text which tokens may follow.
///
/// Every text that is sampled under a constraint and ends by itself follows the grammar. What one session finds out
/// about the grammar serves all others that use the same constraint, so that a server keeps it for the next request.
public final class Constraint: Sendable {
    /// What texts follow.
    public let grammar: Grammar
    /// The tokens that it was made for.
    public let vocabulary: ConstraintVocabulary
    private let table: Mutex<ParseTable>
    private let byteLimit: Int

    /// A constraint to `grammar` for models with `vocabulary`.
    public convenience init(_ grammar: Grammar, _ vocabulary: ConstraintVocabulary) {
        self.init(grammar, vocabulary, byteLimit: ParseTable.usualByteLimit)
    }

    /// - Parameter byteLimit: about as much memory is kept for what is known of the grammar.
    init(_ grammar: Grammar, _ vocabulary: ConstraintVocabulary, byteLimit: Int) {
        self.grammar = grammar
        self.vocabulary = vocabulary
        self.byteLimit = byteLimit
        table = Mutex(ParseTable(grammar.network, horizon: vocabulary.trie.longest, byteLimit: byteLimit))
    }

    /// The place before the first token.
    public func begin(_ beginning: TextBeginning = .answer) throws -> ConstraintProgress {
        let table = table.withLock { $0 }
        return ConstraintProgress(self, table, try table.start(beginning))
    }

    /// The table to go on with in place of one that is full.
    func table(after full: ParseTable) -> ParseTable {
        table.withLock { table in
            if table === full {
                table = ParseTable(grammar.network, horizon: vocabulary.trie.longest, byteLimit: byteLimit)
            }
            return table
        }
    }

    /// How much the automaton did since its table was new: steps, and masks that were made.
    var work: (steps: Int, masks: Int) { table.withLock { $0 }.work }
}
