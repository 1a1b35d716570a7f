//! Markdown, as assistants write it, as a phone can show it: WeChat's texts know lines and `<a href>`.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Lists that are nested deeper are not indented further, or a hostile text would grow with its square.
const DEEPEST: usize = 6;
const RULE: &str = "──────────";
const CELLS: &str = " | ";

/// A text of lines: headings, lists, tables and quotes as such, marks of emphasis left out, code as it
/// stands, links as `<a href="…">` where they lead to `http` or `https`, which both
/// [replies](https://developers.weixin.qq.com/doc/subscription/guide/product/message/Passive_user_reply_message.html)
/// and service messages show. HTML stays as it was written.
///
/// ```
/// use shared::markdown::to_phone;
///
/// let shown = to_phone("# 快递\n\n- **顺丰**：[查询](https://www.sf-express.com)\n- 自提");
/// assert_eq!(shown, "快递\n\n• 顺丰：<a href=\"https://www.sf-express.com\">查询</a>\n• 自提");
/// ```
pub fn to_phone(markdown: &str) -> String {
    let options =
        Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut phone = Phone::default();
    Parser::new_ext(markdown, options).for_each(|event| phone.take(event));
    phone.out.truncate(phone.out.trim_end().len());
    phone.out
}

/// What is written so far, and where in the document that is.
#[derive(Default)]
struct Phone {
    out: String,
    /// The next number of each list around, where it has numbers.
    lists: Vec<Option<u64>>,
    quotes: usize,
    links: usize,
    /// Where the text of the link around begins, and where it leads.
    link: Option<(usize, String)>,
    images: Vec<String>,
    in_code: bool,
    /// The mark of an item was written, and its first words belong beside it.
    is_marked: bool,
}

impl Phone {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::InlineHtml(tag) if is_break(&tag) => self.newline(),
            Event::Text(text)
            | Event::Code(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.text(&text),
            Event::SoftBreak | Event::HardBreak => self.newline(),
            Event::TaskListMarker(is_done) => self.text(if is_done { "☑ " } else { "☐ " }),
            Event::Rule => {
                self.block();
                self.text(RULE);
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } | Tag::HtmlBlock | Tag::Table(_) => self.block(),
            Tag::BlockQuote(_) => {
                self.block();
                self.quotes += 1;
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.is_marked = false;
                self.block();
                self.in_code = true;
            }
            Tag::List(first) => {
                self.block();
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::TableHead | Tag::TableRow => self.gap(1),
            Tag::Link { dest_url, .. } => self.start_link(&dest_url),
            Tag::Image { dest_url, .. } => self.images.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::BlockQuote(_) => self.quotes -= 1,
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::List(_) => drop(self.lists.pop()),
            TagEnd::Item => self.is_marked = false,
            TagEnd::TableCell => self.out.push_str(CELLS),
            TagEnd::TableHead | TagEnd::TableRow => {
                let row = self.out.trim_end_matches(CELLS).len();
                self.out.truncate(row);
            }
            TagEnd::Link => self.end_link(),
            TagEnd::Image => self.end_image(),
            _ => {}
        }
    }

    fn item(&mut self) {
        self.is_marked = false;
        self.gap(1);
        let mark = match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            _ => "• ".to_owned(),
        };
        self.margin(self.lists.len() - 1);
        self.out.push_str(&mark);
        self.is_marked = true;
    }

    fn start_link(&mut self, to: &str) {
        self.links += 1;
        if self.links > 1 || !is_web(to) {
            return;
        }
        let to = address(to);
        self.text(&format!("<a href=\"{to}\">"));
        self.link = Some((self.out.len(), to));
    }

    fn end_link(&mut self) {
        self.links -= 1;
        if self.links > 0 {
            return;
        }
        if let Some((begins, to)) = self.link.take() {
            if self.out.len() == begins {
                self.out.push_str(&to);
            }
            self.out.push_str("</a>");
        }
    }

    fn end_image(&mut self) {
        let to = self.images.pop().filter(|to| is_web(to));
        if let (Some(to), None) = (to, &self.link) {
            self.text(&format!(" {}", address(&to)));
        }
    }

    /// A block begins: on a line of its own, after an empty one outside of lists.
    fn block(&mut self) {
        self.gap(if self.lists.is_empty() { 2 } else { 1 });
    }

    /// Sees to it that so many line ends come before what comes next.
    fn gap(&mut self, ends: usize) {
        if self.out.is_empty() || self.is_marked {
            return;
        }
        let have = self
            .out
            .bytes()
            .rev()
            .take(ends)
            .take_while(|b| *b == b'\n');
        (have.count()..ends).for_each(|_| self.out.push('\n'));
    }

    fn newline(&mut self) {
        self.text(if self.link.is_some() { " " } else { "\n" });
    }

    fn text(&mut self, text: &str) {
        for line in text.split_inclusive('\n') {
            if !self.in_code && (self.out.is_empty() || self.out.ends_with('\n')) {
                self.margin(self.lists.len());
            }
            self.is_marked = false;
            match self.link {
                Some(_) => self.out.extend(line.chars().map(in_link)),
                None => self.out.push_str(line),
            }
        }
    }

    fn margin(&mut self, lists: usize) {
        if self.quotes > 0 {
            self.out.push_str("> ");
        }
        self.out.push_str(&"  ".repeat(lists.min(DEEPEST)));
    }
}

fn is_break(tag: &str) -> bool {
    ["<br>", "<br/>", "<br />"].contains(&tag)
}

fn is_web(address: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| {
        let start = address.get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Ends no attribute and no tag, whatever is in it.
fn address(to: &str) -> String {
    let mut safe = String::with_capacity(to.len());
    for c in to.chars() {
        match c {
            '"' | '\'' | '<' | '>' | '`' | '\\' | ' ' | '\0'..='\x1f' | '\x7f' => {
                safe.push_str(&format!("%{:02X}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Begins no tag inside of a link; WeChat's pages promise no entities there.
fn in_link(c: char) -> char {
    match c {
        '<' => '＜',
        '>' => '＞',
        '\n' | '\r' => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_lines() {
        for (markdown, shown) in [
            ("# 标题\n正文 **重**_点_ ~~旧~~", "标题\n\n正文 重点 旧"),
            ("一\n二\n\n三", "一\n二\n\n三"),
            (
                "- a\n- b\n  1. c\n  2. d\n- e\n\n后",
                "• a\n• b\n  1. c\n  2. d\n• e\n\n后",
            ),
            ("3. c\n4. d", "3. c\n4. d"),
            ("- a\n\n  续\n\n- b", "• a\n  续\n• b"),
            ("- [x] 好\n- [ ] 没", "• ☑ 好\n• ☐ 没"),
            ("> 引\n> 文\n\n后", "> 引\n> 文\n\n后"),
            ("a\n\n---\n\nb", "a\n\n──────────\n\nb"),
            ("|甲|乙|\n|-|-|\n|1|2|\n|3|", "甲 | 乙\n1 | 2\n3"),
            (
                "用 `a < b` 跑：\n\n```sh\n  ls *\n\n**x**\n```\n完",
                "用 a < b 跑：\n\n  ls *\n\n**x**\n\n完",
            ),
            ("一<br>二 <b>粗</b> &lt;x&gt;", "一\n二 <b>粗</b> <x>"),
            ("<div>\n块\n</div>\n\n后", "<div>\n块\n</div>\n\n后"),
            ("2 * 3 * 4 = 24，a_b_c", "2 * 3 * 4 = 24，a_b_c"),
            ("", ""),
            ("- \n- b", "• \n• b"),
            ("- ```\n  x\n  ```", "• \nx"),
        ] {
            assert_eq!(to_phone(markdown), shown, "{markdown}");
        }
    }

    #[test]
    fn links_lead_to_the_web_and_break_no_tag() {
        for (markdown, shown) in [
            (
                "[a](https://x.cn/?a=1&b=2)",
                "<a href=\"https://x.cn/?a=1&b=2\">a</a>",
            ),
            (
                "<https://x.cn>",
                "<a href=\"https://x.cn\">https://x.cn</a>",
            ),
            ("[](http://x.cn)", "<a href=\"http://x.cn\">http://x.cn</a>"),
            (
                "[a](javascript:alert(1)) [b](/c) [d](HTTPS://E)",
                "a b <a href=\"HTTPS://E\">d</a>",
            ),
            (
                "[a \\</a\\>b `</a>`\nc](http://x)",
                "<a href=\"http://x\">a ＜/a＞b ＜/a＞ c</a>",
            ),
            (
                "[a](<http://x/\" onclick='y' >)",
                "<a href=\"http://x/%22%20onclick=%27y%27%20\">a</a>",
            ),
            ("![图](https://x.cn/a.png)。", "图 https://x.cn/a.png。"),
            (
                "[![图](https://x.cn/a.png)](http://y)",
                "<a href=\"http://y\">图</a>",
            ),
            ("![图](data:image/png;base64,AAAA)", "图"),
            (
                "![a [b](http://c)](http://d)",
                "a <a href=\"http://c\">b</a> http://d",
            ),
            ("[a](http://x", "[a](http://x"),
        ] {
            assert_eq!(to_phone(markdown), shown, "{markdown}");
        }
    }

    #[test]
    fn hostile_texts_end_and_stay_small() {
        let deep = 1_000;
        for text in [
            "```\n没完".to_owned(),
            "> ".repeat(deep) + "a",
            (0..deep).map(|n| "  ".repeat(n) + "- a\n").collect(),
            "- ".repeat(deep) + "a",
            "*".repeat(100_000),
            "[".repeat(100_000),
            "![".repeat(50_000) + &"](http://a)".repeat(50_000),
            "<".repeat(100_000),
            "`".repeat(100_000) + "a",
            "|".repeat(50_000) + "\n" + &"|-".repeat(50_000) + "\n" + &"|\n".repeat(1_000),
            format!("[a]: http://{}\n", "x".repeat(1_000)) + &"[a]".repeat(10_000),
            "\u{0}\u{feff}\u{202e}\r\r\n&#0;&#xD800;".repeat(1_000),
            "汉字 **粗** [链](http://a)\n\n- 项\n".repeat(25_000),
        ] {
            let shown = to_phone(&text);
            assert!(shown.len() < 2 * text.len() + 1_100_000, "{}", shown.len());
        }
    }

    #[test]
    fn a_stream_may_stop_anywhere() {
        let whole = "# 标\n\n1. **a** [b](http://c \"t\")\n\n| x | y |\n|---|---|\n| `1` | ![i](http://j) |\n\n> ~~q~~\n```rs\nlet";
        for (end, _) in whole.char_indices() {
            let shown = to_phone(&whole[..end]);
            assert_eq!(shown.matches("<a ").count(), shown.matches("</a>").count());
        }
    }
}
