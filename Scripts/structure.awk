# The rules of Scripts/check-structure that need a look inside the source files. POSIX awk, one pass over all files.
#
# Variables: dependencies, a file of lines "MODULE IMPORTABLE"; exceptions, a file of lines "RULE PATH[:FUNCTION] REASON".

BEGIN {
    fileLimit = 400
    functionLimit = 80
    split("Foundation FoundationEssentials Dispatch Synchronization Glibc Musl Darwin Swift", list, " ")
    for (i in list) system_module[list[i]] = 1
    while ((getline line < dependencies) > 0) {
        split(line, field, " ")
        importable[field[1], field[2]] = 1
    }
    while ((getline line < exceptions) > 0) {
        if (line ~ /^[ \t]*(#|$)/) continue
        split(line, field, " ")
        excepted[field[1], field[2]] = 1
        if (field[3] == "") complain(exceptions, 0, "the exception for " field[2] " has no reason; write one after the path")
    }
}

FNR == 1 {
    if (NR > 1) end_file()
    start_file()
}

{
    stripped = code($0)
    remember_comment($0)
    if (language == "swift") check_swift(stripped)
    else if ($0 ~ /^#pragma STDC FP_CONTRACT OFF[ \t]*$/) has_pragma = 1
    measure(stripped)
    last_line = FNR
}

END {
    if (NR > 0) end_file()
    exit defects > 0
}

function complain(path, line, sentence) {
    defects++
    printf "%s:%d: error: %s.\n", path, line, sentence
}

function start_file() {
    path = FILENAME
    language = path ~ /\.swift$/ ? "swift" : "c"
    module = path
    sub(/^Sources\//, "", module)
    sub(/\/.*/, "", module)
    mode = "code"
    depth = nested = comment_depth = 0
    pending = ""
    open_functions = 0
    has_function = has_pragma = 0
    for (i = 1; i <= 6; i++) proof[i] = 0
}

function end_file() {
    if (last_line > fileLimit && !(("lines", path) in excepted))
        complain(path, last_line, "the file has " last_line " lines, more than " fileLimit "; split it by idea")
    # A file of tables computes nothing.
    if (path ~ /^Sources\/CKernels\/.*\.c$/ && has_function && !has_pragma)
        complain(path, 1, "no \"#pragma STDC FP_CONTRACT OFF\"; put it at the top, or results differ between compilers")
}

# MARK: Rules for lines of Swift

function check_swift(text,    name) {
    if (text ~ /(^|[^A-Za-z0-9_])try!/) complain(path, FNR, "try! stops the program; throw the error on or handle it")
    if (text ~ /(^|[^A-Za-z0-9_])as!/) complain(path, FNR, "as! stops the program; use as? and handle nil")
    if (text ~ /(^|[^A-Za-z0-9_])fatalError[ \t]*\(/)
        complain(path, FNR, "fatalError stops the program; throw an InputError, or state a precondition on the caller")
    if (text ~ /@unchecked[ \t]+Sendable/ && !has_proof())
        complain(path, FNR, "@unchecked Sendable without a comment on it within 6 lines above; say why it is safe")
    if (text ~ /unsafeFlags/) complain(path, FNR, "unsafeFlags would forbid the use of the package as a dependency")
    name = imported(text)
    if (name != "" && !(name in system_module) && !((module, name) in importable))
        complain(path, FNR, module " imports " name ", which is not among its dependencies in Package.swift")
}

# The module that a line imports, or nothing.
function imported(text) {
    gsub(/@[A-Za-z_]+(\([^)]*\))?/, "", text)
    sub(/^[ \t]+/, "", text)
    sub(/^(public|package|internal|fileprivate|private)[ \t]+/, "", text)
    if (text !~ /^import[ \t]/) return ""
    sub(/^import[ \t]+/, "", text)
    sub(/^(struct|class|enum|protocol|func|var|let|typealias|actor)[ \t]+/, "", text)
    match(text, /^[A-Za-z0-9_]+/)
    return substr(text, 1, RLENGTH)
}

# Remembers in which of the last six lines a comment names unchecked Sendable.
function remember_comment(raw,    i) {
    for (i = 7; i > 1; i--) proof[i] = proof[i - 1]
    proof[1] = raw ~ /\/\/.*unchecked Sendable/
}

function has_proof(    i) {
    for (i = 1; i <= 7; i++) if (proof[i]) return 1
    return 0
}

# MARK: Lengths of functions

# Follows the braces of a stripped line. A function reaches from its first line to the brace that closes its body.
function measure(text,    position, character) {
    if (language == "swift") declare_swift(text)
    else if (depth == 0 && text ~ /\(/ && text !~ /^[ \t]*(#|typedef|struct|enum|union)/ && text !~ /=/) declare(c_name(text))
    if (language == "c" && text ~ /^[ \t]*#/) return
    for (position = 1; position <= length(text); position++) {
        character = substr(text, position, 1)
        if (character == "(" || character == "[") nested++
        else if (character == ")" || character == "]") nested--
        else if (character == ";" && language == "c" && depth == 0) pending = ""
        else if (character == "{") open_brace()
        else if (character == "}") close_brace()
    }
}

function declare_swift(text,    name) {
    if (match(text, /(^|[ \t])func[ \t]+[^ \t(<]+/)) {
        name = substr(text, RSTART, RLENGTH)
        sub(/^[ \t]*func[ \t]+/, "", name)
        declare(name)
    } else if (match(text, /(^|[ \t])(init[?!]?|subscript)[ \t]*[(<]/)) {
        declare(text ~ /subscript/ ? "subscript" : "init")
    } else if (text ~ /(^|[ \t])deinit[ \t]*\{/) {
        declare("deinit")
    } else if (text ~ /(^|[ \t])var[ \t]+[A-Za-z0-9_]+.*\{/ && text !~ /=.*\{/) {
        match(text, /(^|[ \t])var[ \t]+[A-Za-z0-9_]+/)
        name = substr(text, RSTART, RLENGTH)
        sub(/^[ \t]*var[ \t]+/, "", name)
        declare(name)
    }
}

function c_name(text) {
    if (!match(text, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) return "?"
    text = substr(text, RSTART, RLENGTH)
    sub(/[ \t]*\($/, "", text)
    return text
}

function declare(name) {
    if (language == "c" && pending != "") return
    pending = name
    pending_line = FNR
    pending_nested = nested
}

function open_brace() {
    if (pending != "" && nested == pending_nested) {
        open_functions++
        has_function = 1
        function_name[open_functions] = pending
        function_line[open_functions] = pending_line
        function_depth[open_functions] = depth
        pending = ""
    }
    depth++
    saved_nested[depth] = nested
}

function close_brace(    size) {
    nested = saved_nested[depth]
    depth--
    # A declaration that a closing brace ends had no body: a requirement of a protocol.
    if (nested <= pending_nested) pending = ""
    if (open_functions == 0 || function_depth[open_functions] != depth) return
    size = FNR - function_line[open_functions] + 1
    if (size > functionLimit && !(("function", path ":" function_name[open_functions]) in excepted))
        complain(path, function_line[open_functions], \
            "the function " function_name[open_functions] " has " size " lines, more than " functionLimit "; split it")
    open_functions--
}

# MARK: Comments and strings

# The line without comments and without what stands between quotes; interpolated code stays. Modes last over lines where
# the language lets them.
function code(line,    result, position, rest, character) {
    result = ""
    position = 1
    while (position <= length(line)) {
        rest = substr(line, position)
        character = substr(rest, 1, 1)
        if (mode == "comment") {
            if (rest ~ /^\*\//) { position += 2; if (--comment_depth == 0) mode = "code" }
            else if (rest ~ /^\/\*/ && language == "swift") { position += 2; comment_depth++ }
            else position++
        } else if (mode == "code") {
            if (rest ~ /^\/\//) break
            else if (rest ~ /^\/\*/) { mode = "comment"; comment_depth = 1; position += 2 }
            else if (language == "swift" && rest ~ /^#+"/) { position += open_raw(rest) }
            else if (language == "swift" && rest ~ /^"""/) { mode = "block"; position += 3 }
            else if (character == "\"") { mode = "string"; position++ }
            else if (language == "c" && rest ~ /^'(\\.[^']*|[^'])'/) { match(rest, /^'(\\.[^']*|[^'])'/); position += RLENGTH }
            else {
                if (interpolations > 0 && character == "(") parentheses[interpolations]++
                if (interpolations > 0 && character == ")" && --parentheses[interpolations] == 0) {
                    mode = outer_mode[interpolations--]
                }
                result = result character
                position++
            }
        } else if (mode == "raw") {
            if (substr(rest, 1, length(raw_end)) == raw_end) { position += length(raw_end); mode = "code" }
            else position++
        } else if (character == "\\") {
            if (language == "swift" && substr(rest, 2, 1) == "(") {
                outer_mode[++interpolations] = mode
                parentheses[interpolations] = 1
                mode = "code"
                result = result "("
            }
            position += 2
        } else if (mode == "block" && rest ~ /^"""/) { mode = "code"; position += 3 }
        else if (mode == "string" && character == "\"") { mode = "code"; position++ }
        else position++
    }
    # A string of one line ends with it, whatever an odd literal made us believe.
    if (mode == "string" || (mode == "raw" && raw_end !~ /"""/)) mode = "code"
    if (mode == "code" && interpolations > 0 && outer_mode[interpolations] == "string") interpolations = 0
    return result
}

# Enters a raw string, whose closing quotes carry as many number signs; returns the length of its opening.
function open_raw(rest,    hashes, quotes) {
    match(rest, /^#+/)
    hashes = substr(rest, 1, RLENGTH)
    quotes = substr(rest, RLENGTH + 1, 3) == "\"\"\"" ? "\"\"\"" : "\""
    raw_end = quotes hashes
    mode = "raw"
    return length(hashes) + length(quotes)
}
