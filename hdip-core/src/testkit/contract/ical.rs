//! A strict reader of iCalendar (RFC 5545), for tests. It panics at what a lenient reader would mend.

/// A content line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// Upper case.
    pub name: String,
    /// Upper-case names, values without their quotes.
    pub params: Vec<(String, String)>,
    /// As written, still escaped.
    pub value: String,
}

impl Property {
    /// A parameter's value.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The value with its escapes undone (RFC 5545 §3.3.11).
    pub fn text(&self) -> String {
        let mut text = String::new();
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some('n' | 'N') => text.push('\n'),
                    Some(c @ ('\\' | ';' | ',')) => text.push(c),
                    other => panic!("bad escape \\{other:?} in {}", self.name),
                },
                ';' | ',' => panic!("unescaped {c:?} in {}: {}", self.name, self.value),
                c => text.push(c),
            }
        }
        text
    }
}

/// `BEGIN:name` … `END:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Upper case.
    pub name: String,
    /// In order.
    pub properties: Vec<Property>,
    /// In order.
    pub components: Vec<Component>,
}

impl Component {
    /// The property of a name, which must be there exactly once.
    pub fn one(&self, name: &str) -> &Property {
        let mut all = self.properties.iter().filter(|p| p.name == name);
        let first = all.next().unwrap_or_else(|| panic!("{} has no {name}", self.name));
        assert_eq!(all.next(), None, "{} has {name} twice", self.name);
        first
    }

    /// The components of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Component> {
        self.components.iter().filter(move |c| c.name == name)
    }
}

/// Reads one object.
///
/// # Panics
/// If the text is no single, well-formed iCalendar object.
pub fn parse(text: &str) -> Component {
    let mut open: Vec<Component> = Vec::new();
    let mut done = None;
    for line in unfold(text) {
        assert!(done.is_none(), "text after the object's end: {line:?}");
        let property = content_line(&line);
        match property.name.as_str() {
            "BEGIN" => {
                open.push(Component { name: property.value, properties: Vec::new(), components: Vec::new() });
            }
            "END" => {
                let closed = open.pop().expect("END without BEGIN");
                assert_eq!(closed.name, property.value, "END of another component");
                match open.last_mut() {
                    Some(parent) => parent.components.push(closed),
                    None => done = Some(closed),
                }
            }
            _ => open.last_mut().expect("a property outside of any component").properties.push(property),
        }
    }
    done.expect("the object does not end")
}

/// Physical lines end in CRLF, have at most 75 octets, and go on behind a space (RFC 5545 §3.1).
fn unfold(text: &str) -> Vec<String> {
    let body = text.strip_suffix("\r\n").expect("the last line ends in CRLF");
    let mut lines: Vec<String> = Vec::new();
    for line in body.split("\r\n") {
        assert!(!line.contains(['\r', '\n']), "a bare line end in {line:?}");
        assert!(line.len() <= 75, "{} octets in {line:?}", line.len());
        assert!(!line.is_empty(), "an empty line");
        let control = line.chars().find(|c| c.is_control() && *c != '\t');
        assert_eq!(control, None, "a control character in {line:?}");
        match line.strip_prefix([' ', '\t']) {
            Some(more) => lines.last_mut().expect("a first line").push_str(more),
            None => lines.push(line.into()),
        }
    }
    lines
}

fn content_line(line: &str) -> Property {
    let mut quoted = false;
    let mut cuts = Vec::new();
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => cuts.push(at),
            ':' if !quoted => {
                cuts.push(at);
                break;
            }
            _ => {}
        }
    }
    let end = *cuts.last().unwrap_or_else(|| panic!("no colon in {line:?}"));
    assert_eq!(&line[end..=end], ":", "no colon in {line:?}");
    let name = &line[..cuts[0]];
    let word = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    assert!(word(name), "bad property name in {line:?}");
    let params = cuts.windows(2).map(|cut| {
        let (key, value) = line[cut[0] + 1..cut[1]].split_once('=').expect("a parameter has a value");
        assert!(word(key), "bad parameter name in {line:?}");
        let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"'));
        assert!(!bare.unwrap_or(value).contains('"'), "a quote inside of a parameter in {line:?}");
        assert!(bare.is_some() || !value.contains([':', ';', ',']), "an unquoted parameter in {line:?}");
        (key.to_uppercase(), bare.unwrap_or(value).to_owned())
    });
    Property { name: name.to_uppercase(), params: params.collect(), value: line[end + 1..].to_owned() }
}
