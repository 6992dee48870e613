#!/bin/sh
# Importance matrices of llama.cpp's own tool, in both of its forms: importance_matrix.sh PATH/TO/llama-imatrix
# The cache is f32 and attention plain, so that nothing is rounded that need not be.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
cd "$here/importance"
for model in llama-mha qwen2 v3; do
    for form in gguf dat; do
        "$1" -m "$here/gguf/$model.gguf" -f text.txt -o "$model.$form" --output-format "$form" -c 64 -b 64 --chunks 4 \
            --no-ppl -t 2 -ctk f32 -ctv f32 -fa off
    done
done
