/**
 * What TeX's commands without arguments stand for.
 */

/** Names and characters, in turn, as a map. */
function table(text) {
    const words = text.trim().split(/\s+/);
    const map = new Map();
    for (let index = 0; index < words.length; index += 2) {
        map.set(words[index], words[index + 1]);
    }
    return map;
}

/** Letters: Greek ones and those that are written like letters. */
export const letters = table(`
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa ϰ
    lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi ϕ varphi φ
    chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω infty ∞
    partial ∂ nabla ∇ ell ℓ hbar ℏ hslash ℏ imath ı jmath ȷ Re ℜ Im ℑ wp ℘ aleph ℵ beth ℶ emptyset ∅ varnothing ∅
    forall ∀ exists ∃ nexists ∄ top ⊤ bot ⊥ angle ∠ measuredangle ∡ triangle △ square □ Box □ blacksquare ■ qed ∎
    diamond ⋄ clubsuit ♣ diamondsuit ♢ heartsuit ♡ spadesuit ♠ flat ♭ natural ♮ sharp ♯ checkmark ✓ degree ° circledR ®
    S § P ¶ dag † ddag ‡ pounds £ euro € yen ¥ copyright © complement ∁ eth ð mho ℧ Finv Ⅎ Game ⅁ digamma ϝ backprime ‵
    prime ′ ldots … dots … dotsc … dotso … cdots ⋯ dotsb ⋯ dotsm ⋯ dotsi ⋯ vdots ⋮ ddots ⋱ % % # # $ $ & &
    _ _ { { } }`);

/** Operators between two operands and relations, with the space that belongs to them. */
export const operators = table(`
    pm ± mp ∓ times × div ÷ cdot ⋅ ast ∗ star ⋆ circ ∘ bullet ∙ cap ∩ cup ∪ uplus ⊎ sqcap ⊓ sqcup ⊔ vee ∨ lor ∨ wedge ∧
    land ∧ setminus ∖ smallsetminus ∖ wr ≀ oplus ⊕ ominus ⊖ otimes ⊗ oslash ⊘ odot ⊙ bigcirc ◯ amalg ⨿ ltimes ⋉ rtimes ⋊
    dagger † ddagger ‡ lnot ¬ neg ¬ le ≤ leq ≤ leqslant ⩽ leqq ≦ ge ≥ geq ≥ geqslant ⩾ geqq ≧ ll ≪ gg ≫ lll ⋘ ggg ⋙ lt <
    gt > ne ≠ neq ≠ equiv ≡ sim ∼ simeq ≃ approx ≈ approxeq ≊ cong ≅ propto ∝ varpropto ∝ asymp ≍ doteq ≐ triangleq ≜
    coloneqq ≔ eqqcolon ≕ prec ≺ succ ≻ preceq ⪯ succeq ⪰ lesssim ≲ gtrsim ≳ subset ⊂ supset ⊃ subseteq ⊆ supseteq ⊇
    subsetneq ⊊ supsetneq ⊋ sqsubseteq ⊑ sqsupseteq ⊒ nsubseteq ⊈ in ∈ notin ∉ ni ∋ owns ∋ mid ∣ nmid ∤ parallel ∥
    nparallel ∦ perp ⟂ vdash ⊢ dashv ⊣ models ⊨ vDash ⊨ Vdash ⊩ bowtie ⋈ smile ⌣ frown ⌢ nless ≮ ngtr ≯ nleq ≰ ngeq ≱
    therefore ∴ because ∵ colon : between ≬ unlhd ⊴ unrhd ⊵ lhd ⊲ rhd ⊳ to → gets ← rightarrow → leftarrow ←
    leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ longrightarrow ⟶ longleftarrow ⟵ longleftrightarrow ⟷
    Longrightarrow ⟹ Longleftarrow ⟸ Longleftrightarrow ⟺ iff ⟺ implies ⟹ impliedby ⟸ mapsto ↦ longmapsto ⟼
    hookrightarrow ↪ hookleftarrow ↩ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ Updownarrow ⇕ nearrow ↗
    searrow ↘ swarrow ↙ nwarrow ↖ rightharpoonup ⇀ rightharpoondown ⇁ leftharpoonup ↼ leftharpoondown ↽
    rightleftharpoons ⇌ leftrightharpoons ⇋ rightrightarrows ⇉ leftleftarrows ⇇ rightleftarrows ⇄ twoheadrightarrow ↠
    leadsto ⇝ rightsquigarrow ⇝ nrightarrow ↛ nleftarrow ↚ nRightarrow ⇏ nLeftrightarrow ⇎ circlearrowleft ↺
    circlearrowright ↻ curvearrowright ↷ curvearrowleft ↶ restriction ↾ upharpoonright ↾ multimap ⊸`);

/** Large operators, whose limits stand below and above where there is room. */
export const sums = table(`
    sum ∑ prod ∏ coprod ∐ bigcap ⋂ bigcup ⋃ bigvee ⋁ bigwedge ⋀ bigoplus ⨁ bigotimes ⨂ bigodot ⨀
    biguplus ⨄ bigsqcup ⨆`);

/** Integrals, whose limits stand beside them. */
export const integrals = table("int ∫ iint ∬ iiint ∭ oint ∮ oiint ∯ smallint ∫");

/** Brackets and other delimiters. */
export const delimiters = table(`
    lbrace { rbrace } lbrack [ rbrack ] langle ⟨ rangle ⟩ lvert | rvert | vert | lVert ‖ rVert ‖ Vert ‖ lfloor ⌊
    rfloor ⌋ lceil ⌈ rceil ⌉ lgroup ⟮ rgroup ⟯ ulcorner ⌜ urcorner ⌝ llbracket ⟦ rrbracket ⟧ backslash ∖ | ‖ { { } }`);

/** Functions, written upright; those of `limits` take what stands below them as a limit. */
export const functions = new Set(
    ("arccos arcsin arctan arg cos cosh cot coth csc deg dim exp hom ker lg ln log sec sin sinh tan tanh arcsinh " +
        "arccosh arctanh sgn tr rank").split(" "));

export const limits = new Map(Object.entries({
    lim: "lim", max: "max", min: "min", sup: "sup", inf: "inf", det: "det", gcd: "gcd", lcm: "lcm", Pr: "Pr",
    limsup: "lim sup", liminf: "lim inf", argmax: "arg max", argmin: "arg min", injlim: "inj lim", projlim: "proj lim",
}));

/** Spaces, in em. */
export const spaces = new Map(Object.entries({
    ",": 0.167, thinspace: 0.167, ":": 0.222, ">": 0.222, medspace: 0.222, ";": 0.278, thickspace: 0.278, "!": -0.167,
    negthinspace: -0.167, " ": 0.25, "\n": 0.25, space: 0.25, enspace: 0.5, quad: 1, qquad: 2, "~": 0.25,
}));

/** Accents: the character above (or, for `under…`, below) and whether it stretches. */
export const accents = new Map(Object.entries({
    hat: ["^", false], widehat: ["^", true], bar: ["‾", false], overline: ["‾", true], vec: ["→", false],
    dot: ["˙", false], ddot: ["¨", false], dddot: ["⃛", false], tilde: ["~", false], widetilde: ["~", true], acute:
    ["´", false],
    grave: ["`", false], breve: ["˘", false], check: ["ˇ", false], mathring: ["˚", false], overrightarrow: ["→", true],
    overleftarrow: ["←", true], overleftrightarrow: ["↔", true], overbrace: ["⏞", true], underline: ["_", true],
    underbrace: ["⏟", true], underrightarrow: ["→", true],
}));

/** Commands that change letters: the alphabet of `letters.js`, or `normal` for upright ones. */
export const alphabets = new Map(Object.entries({
    mathbf: "bold", bm: "boldItalic", boldsymbol: "boldItalic", pmb: "boldItalic", mathcal: "script", mathscr: "script",
    mathbb: "double", mathds: "double", Bbb: "double", mathfrak: "fraktur", mathsf: "sans", mathtt: "mono",
    mathrm: "normal", rm: "normal", bf: "bold", mathit: "italic", mathnormal: "italic", it: "italic",
    cal: "script", symbf: "bold",
}));

/** Commands whose argument is text. */
export const texts = new Map(Object.entries({
    text: "", textrm: "", textnormal: "", mbox: "", hbox: "", textup: "", textbf: "bold", textit: "italic",
    emph: "italic", texttt: "mono", textsf: "sans",
}));

/** Commands that say nothing about what is seen; those of `dropped` with one argument drop it too. */
export const ignored = new Set(
    ("nonumber notag displaylimits nobreak allowbreak relax hfill centering noindent scriptstyle scriptscriptstyle " +
        "textstyle hline bigskip medskip smallskip normalsize small large Large strut mathstrut").split(" "));

export const dropped = new Set(["label", "hspace", "hspace*", "vspace", "color", "cline", "phantomsection", "ref"]);
