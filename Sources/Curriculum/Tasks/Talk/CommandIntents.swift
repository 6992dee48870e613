/// Something that people want of the program, in some wordings, and the line that does it.
package struct CommandIntent: Sendable {
    /// The command line, as it is typed.
    package let line: String
    /// What is wished, to stand behind "How do I".
    package let wishes: [String]

    private init(_ line: String, _ wishes: [String]) { (self.line, self.wishes) = (line, wishes) }

    package static let all = talking + looking + storing + measuring + teaching

    private static let talking = [
        CommandIntent(
            "isobath chat",
            [
                "talk to the model that comes along", "chat with the small model", "start a conversation",
                "open a chat", "talk to Nano",
            ]),
        CommandIntent(
            "isobath chat model.gguf",
            [
                "chat with a model of mine", "talk to a real model", "open a GGUF file and talk to it",
                "have a conversation with my own model", "chat with a GGUF file",
            ]),
        CommandIntent(
            "isobath chat model.gguf --system \"Answer in one sentence.\"",
            ["give the chat a system prompt", "tell the model to answer in one sentence", "chat with a system prompt"]),
        CommandIntent(
            "isobath chat model.gguf --adapter adapter",
            ["chat with a LoRA adapter", "talk to a model with an adapter", "use a LoRA adapter in a chat"]),
        CommandIntent(
            "isobath run \"What is 347 + 586?\"",
            ["ask one question", "get one answer", "ask the small model a single question"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\"",
            [
                "ask a model of mine one question", "get one answer from a GGUF file", "run one prompt with my model",
                "answer one prompt with a GGUF file",
            ]),
        CommandIntent(
            "isobath run model.gguf --raw \"Once upon a time\"",
            [
                "continue a text without a chat template", "let a model go on with a raw text",
                "complete a text as it is",
            ]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --greedy",
            ["always take the likeliest token", "get the same answer every time", "run a model greedily"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --temperature 0.6",
            ["set the temperature", "make answers less random", "sample with another temperature"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" -n 200",
            ["limit the length of an answer", "set the most tokens of an answer", "stop after 200 tokens"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --speculate",
            [
                "use speculation", "speed up answers with the prediction layer", "guess several tokens at once",
                "run with multi-token prediction",
            ]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --threads 4",
            ["set the number of threads", "run on four threads", "limit the cores that are used"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --cache-type q8_0",
            ["make the cache smaller", "keep keys and values in 8 bits", "save memory in the cache"]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --expert-memory 8G",
            [
                "run a model that is larger than memory", "limit the memory for experts",
                "run a big mixture of experts with little memory",
            ]),
        CommandIntent(
            "isobath run model.gguf \"Why is the sky blue?\" --json",
            ["get an answer as JSON", "see token ids and timings of an answer", "print an answer as a JSON object"]),
    ]

    private static let looking = [
        CommandIntent(
            "isobath inspect model.gguf",
            [
                "see what a model is", "see how much memory a model needs", "look into a GGUF file",
                "find out the size of a model",
            ]),
        CommandIntent(
            "isobath inspect model.gguf --tensors",
            ["list the tensors of a model", "see all tensors of a GGUF file", "see the shapes of all weights"]),
        CommandIntent(
            "isobath tokenize model.gguf < text.txt",
            ["turn text into tokens", "see the tokens of a text", "tokenize a file", "count the tokens of a text"]),
        CommandIntent(
            "isobath tokenize model.gguf --ids < text.txt",
            ["get only the token ids of a text", "print the numbers of the tokens"]),
        CommandIntent(
            "isobath detokenize model.gguf < ids.txt",
            ["turn token ids into text", "turn tokens back into text", "decode token ids"]),
        CommandIntent(
            "isobath score model.gguf < text.txt",
            [
                "see the log-probability of each token", "see how likely a text is",
                "get the probabilities of the tokens of a text",
            ]),
        CommandIntent(
            "isobath verify",
            [
                "check that the program computes rightly", "compare the program with recorded results",
                "verify the model that comes along",
            ]),
        CommandIntent(
            "isobath quantize --help",
            ["read the help of a command", "see the options of quantize", "find out what a command can do"]),
    ]

    private static let storing = [
        CommandIntent(
            "isobath quantize model-f16.gguf model.gguf --recipe q4_k_m",
            [
                "quantize a model", "store a model in fewer bits", "make a model smaller", "shrink a GGUF file",
                "make a 4-bit model", "compress a model",
            ]),
        CommandIntent(
            "isobath quantize model-f16.gguf model.gguf --recipe q8_0",
            ["quantize a model to 8 bits", "make an 8-bit model", "store a model in q8_0"]),
        CommandIntent(
            "isobath quantize --list",
            ["list the recipes", "see which recipes there are", "see all kinds of quantization"]),
        CommandIntent(
            "isobath quantize deepseek-v3 --recipe dq3_k_m --dry-run",
            [
                "see how large DeepSeek-V3 would be in three bits", "try a recipe without writing anything",
                "plan the quantization of DeepSeek-V3",
            ]),
        CommandIntent(
            "isobath quantize model-f16.gguf model.gguf --recipe q4_k_m --imatrix model.imatrix.gguf",
            ["quantize with an importance matrix", "use an importance matrix", "quantize a model by importance"]),
        CommandIntent(
            "isobath imatrix model-f16.gguf text.txt -o model.imatrix.gguf",
            ["make an importance matrix", "see which columns matter", "measure the importance of weights on a text"]),
        CommandIntent(
            "isobath convert folder model.gguf",
            [
                "convert a model to GGUF", "turn a folder with safetensors into a GGUF file",
                "make a GGUF file from a released model",
            ]),
        CommandIntent(
            "isobath convert model.gguf folder",
            ["turn a GGUF file into safetensors", "convert GGUF to a folder", "get safetensors from a GGUF file"]),
        CommandIntent(
            "isobath convert folder folder-fp8 --type fp8",
            ["store a model in FP8", "convert a model to FP8", "make an FP8 folder"]),
        CommandIntent(
            "isobath convert folder model.gguf --split-size 40G",
            ["split a large model into several files", "convert a model into files of at most 40 GB"]),
        CommandIntent(
            "isobath adapter inspect adapter",
            ["look into a LoRA adapter", "see what an adapter is", "see the rank of an adapter"]),
        CommandIntent(
            "isobath adapter merge model.gguf adapter -o merged",
            [
                "merge an adapter into a model", "add a LoRA adapter to the weights",
                "make one model of a model and its adapter",
            ]),
        CommandIntent(
            "isobath adapter export model.gguf adapter -o adapter.gguf",
            ["write an adapter as GGUF", "export a LoRA adapter for llama.cpp"]),
        CommandIntent(
            "isobath synth deepseek-v2-lite --type q4_k_m -o v2-lite.gguf",
            [
                "make a model with random weights", "make a file with the shape of DeepSeek-V2-Lite",
                "get a file for speed tests without the weights",
            ]),
        CommandIntent("isobath synth --list", ["list the shapes of released models", "see which shapes there are"]),
    ]

    private static let measuring = [
        CommandIntent(
            "isobath bench model.gguf",
            [
                "measure the speed of a model", "benchmark a model", "see how many tokens a second a model writes",
                "find out how fast my model is",
            ]),
        CommandIntent(
            "isobath bench --machine",
            ["measure the speed of this machine", "see how fast my memory is", "benchmark the machine alone"]),
        CommandIntent(
            "isobath bench model.gguf --threads 1,2,4",
            ["compare different numbers of threads", "benchmark a model with several numbers of threads"]),
        CommandIntent("isobath bench --kernels", ["benchmark the kernels", "measure the innermost loops"]),
        CommandIntent(
            "isobath perplexity model.gguf text.txt",
            [
                "measure the perplexity of a model", "see how well a model predicts a text",
                "compute perplexity on a text",
            ]),
        CommandIntent(
            "isobath perplexity model-bf16.gguf text.txt --save-logits base.logits",
            [
                "save the logits of a model", "record what the original predicts",
                "save log-probabilities to compare with",
            ]),
        CommandIntent(
            "isobath perplexity model-q4_k_m.gguf --kl-divergence base.logits",
            [
                "measure the divergence from the original", "see what quantization cost in predictions",
                "compute the KL divergence of a quantized model",
            ]),
        CommandIntent(
            "isobath compare model-bf16.gguf model-q4_k_m.gguf",
            [
                "compare two forms of a model", "see where a quantized model differs from the original",
                "compare two models layer by layer",
            ]),
        CommandIntent(
            "isobath eval model.gguf --tasks corpus/tests",
            [
                "see how many questions a model answers rightly", "test a model on held-out questions",
                "measure the accuracy of a model",
            ]),
        CommandIntent(
            "isobath study quantization model-f16.gguf text.txt -o study",
            [
                "compare several recipes for a model", "study the cost of quantization",
                "see which recipe is best for my model",
            ]),
    ]

    private static let teaching = [
        CommandIntent(
            "isobath train recipe.yaml",
            [
                "train a model", "start a training run", "teach a model by a recipe", "make a model of my own",
                "go on with a training run",
            ]),
        CommandIntent(
            "isobath train recipe.yaml --set rate.top=1e-3",
            ["change a setting of a recipe", "train with another learning rate", "try another rate"]),
        CommandIntent(
            "isobath train recipe.yaml --fresh",
            ["begin a training run anew", "start a run from the beginning", "throw away a run and start again"]),
        CommandIntent(
            "isobath train recipe.yaml --until 100", ["stop training after 100 steps", "train only for some steps"]),
        CommandIntent(
            "isobath train-tokenizer corpus --size 4096 -o tokenizer",
            ["train a tokenizer", "learn a vocabulary from text", "make a tokenizer of my own"]),
        CommandIntent(
            "isobath data pack corpus --tokenizer tokenizer -o packed",
            [
                "pack text for training", "turn text into token shards", "prepare training data",
                "make training data from a folder of text",
            ]),
        CommandIntent(
            "isobath data inspect packed",
            ["look into token shards", "check training data", "see what is in packed data"]),
        CommandIntent(
            "isobath data generate -o corpus",
            ["make the corpus of Nano", "generate exercises to learn from", "write the text that Nano learns from"]),
        CommandIntent(
            "isobath report runs/one runs/two",
            ["compare training runs", "compare two runs", "see how two trainings went"]),
        CommandIntent(
            "isobath report runs/one --html report.html",
            ["make a page with the curves of a run", "plot the loss of a run", "see the curves of a training run"]),
        CommandIntent(
            "isobath scaling plan recipe.yaml --budgets 1e13,3e13,1e14 -o scaling",
            ["plan runs for a scaling law", "make recipes for several sizes of a model"]),
        CommandIntent(
            "isobath scaling fit scaling/runs/one scaling/runs/two",
            ["fit a scaling law", "find the best size of a model for a budget"]),
        CommandIntent(
            "isobath gradients folder --tokens 1,2,3 -o gradients.safetensors",
            [
                "write the gradients of a model", "get the derivative of the loss",
                "compare gradients with another framework",
            ]),
    ]
}
