extension ChatTemplate {
    /// Templates that a tokenizer which was trained here may be written with, by name.
    package static let releasedJinja = ["v3": v3Jinja, "r1": r1Jinja]

    /// DeepSeek-V3's template in Jinja, as it was released: what other programs read of a tokenizer that was trained here.
    package static let v3Jinja = [
        #"{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% se"#,
        #"t ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='') %}{%- for me"#,
        #"ssage in messages %}{%- if message['role'] == 'system' %}{% set ns.system_prompt = message['content'"#,
        #"] %}{%- endif %}{%- endfor %}{{bos_token}}{{ns.system_prompt}}{%- for message in messages %}{%- if m"#,
        #"essage['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}{%- endi"#,
        #"f %}{%- if message['role'] == 'assistant' and message['content'] is none %}{%- set ns.is_tool = fals"#,
        #"e -%}{%- for tool in message['tool_calls']%}{%- if not ns.is_first %}{{'<｜Assistant｜><｜tool▁calls▁be"#,
        #"gin｜><｜tool▁call▁begin｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['function']['name'] + '\n' + '```js"#,
        #"on' + '\n' + tool['function']['arguments'] + '\n' + '```' + '<｜tool▁call▁end｜>'}}{%- set ns.is_first"#,
        #" = true -%}{%- else %}{{'\n' + '<｜tool▁call▁begin｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['functio"#,
        #"n']['name'] + '\n' + '```json' + '\n' + tool['function']['arguments'] + '\n' + '```' + '<｜tool▁call▁"#,
        #"end｜>'}}{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}{%- endif %}{%- endfor %}{%- endif %}{%- if messa"#,
        #"ge['role'] == 'assistant' and message['content'] is not none %}{%- if ns.is_tool %}{{'<｜tool▁outputs"#,
        #"▁end｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}{%- set ns.is_tool = false -%}{%- else %}{{'<｜"#,
        #"Assistant｜>' + message['content'] + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endif %}{%- if message['r"#,
        #"ole'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_output_first %}{{'<｜tool▁outputs▁begin｜>"#,
        #"<｜tool▁output▁begin｜>' + message['content'] + '<｜tool▁output▁end｜>'}}{%- set ns.is_output_first = fa"#,
        #"lse %}{%- else %}{{'\n<｜tool▁output▁begin｜>' + message['content'] + '<｜tool▁output▁end｜>'}}{%- endif"#,
        #" %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<｜tool▁outputs▁end｜>'}}{% endif %}{% if add_gener"#,
        #"ation_prompt and not ns.is_tool %}{{'<｜Assistant｜>'}}{% endif %}"#,
    ].joined()

    /// DeepSeek-R1's: the prompt opens the thought, and conversations leave thoughts out.
    package static let r1Jinja = [
        #"{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% se"#,
        #"t ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='', is_first_sp="#,
        #"true) %}{%- for message in messages %}{%- if message['role'] == 'system' %}{%- if ns.is_first_sp %}{"#,
        #"% set ns.system_prompt = ns.system_prompt + message['content'] %}{% set ns.is_first_sp = false %}{%-"#,
        #" else %}{% set ns.system_prompt = ns.system_prompt + '\n\n' + message['content'] %}{%- endif %}{%- e"#,
        #"ndif %}{%- endfor %}{{ bos_token }}{{ ns.system_prompt }}{%- for message in messages %}{%- if messag"#,
        #"e['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}{%- endif %}{"#,
        #"%- if message['role'] == 'assistant' and 'tool_calls' in message %}{%- set ns.is_tool = false -%}{%-"#,
        #" for tool in message['tool_calls'] %}{%- if not ns.is_first %}{%- if message['content'] is none %}{{"#,
        #"'<｜Assistant｜><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['funct"#,
        #"ion']['name'] + '\n' + '```json' + '\n' + tool['function']['arguments'] + '\n' + '```' + '<｜tool▁cal"#,
        #"l▁end｜>'}}{%- else %}{{'<｜Assistant｜>' + message['content'] + '<｜tool▁calls▁begin｜><｜tool▁call▁begin"#,
        #"｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['function']['name'] + '\n' + '```json' + '\n' + tool['fun"#,
        #"ction']['arguments'] + '\n' + '```' + '<｜tool▁call▁end｜>'}}{%- endif %}{%- set ns.is_first = true -%"#,
        #"}{%- else %}{{'\n' + '<｜tool▁call▁begin｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['function']['name'"#,
        #"] + '\n' + '```json' + '\n' + tool['function']['arguments'] + '\n' + '```' + '<｜tool▁call▁end｜>'}}{%"#,
        #"- endif %}{%- endfor %}{{'<｜tool▁calls▁end｜><｜end▁of▁sentence｜>'}}{%- endif %}{%- if message['role']"#,
        #" == 'assistant' and 'tool_calls' not in message %}{%- if ns.is_tool %}{{'<｜tool▁outputs▁end｜>' + mes"#,
        #"sage['content'] + '<｜end▁of▁sentence｜>'}}{%- set ns.is_tool = false -%}{%- else %}{% set content = m"#,
        #"essage['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{"#,
        #"% endif %}{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- endif %}{%- if messag"#,
        #"e['role'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_output_first %}{{'<｜tool▁outputs▁beg"#,
        #"in｜><｜tool▁output▁begin｜>' + message['content'] + '<｜tool▁output▁end｜>'}}{%- set ns.is_output_first "#,
        #"= false %}{%- else %}{{'<｜tool▁output▁begin｜>' + message['content'] + '<｜tool▁output▁end｜>'}}{%- end"#,
        #"if %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<｜tool▁outputs▁end｜>'}}{% endif %}{% if add_gen"#,
        #"eration_prompt and not ns.is_tool %}{{'<｜Assistant｜><think>\n'}}{% endif %}"#,
    ].joined()
}
