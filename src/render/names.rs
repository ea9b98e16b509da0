//! What a sender wrote, made safe to show: names for letters, any text for the organiser's eyes.

/// Longest name that is shown.
const NAME_CHARS_MAX: usize = 80;

/// Text on one line without control, direction or invisible marks, for the organiser's eyes.
pub(super) fn safe_text(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c))
        .collect();
    plain
        .split(' ')
        .filter(|w| !w.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A name fit for a mail: one line, no control, direction or invisible marks, no angle brackets, no
/// word that a mail client would make a link of, at most 80 characters.
pub(super) fn safe_name(name: &str) -> String {
    let plain: String = safe_text(name)
        .chars()
        .filter(|c| !matches!(c, '<' | '>'))
        .collect();
    let link = |word: &str| {
        let lower = word.to_lowercase();
        lower.contains("://") || lower.starts_with("www.") || lower.contains('/')
    };
    let kept: Vec<&str> = plain
        .split(' ')
        .filter(|word| !word.is_empty() && !link(word))
        .collect();
    let cut: String = kept.join(" ").chars().take(NAME_CHARS_MAX).collect();
    cut.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::safe_name;

    #[test]
    fn names_carry_nothing_but_a_name() {
        assert_eq!(
            safe_name("Marie\r\nBcc: x\u{202e} Dupont"),
            "Marie Bcc: x Dupont"
        );
        assert_eq!(safe_name("Win https://evil.example/x now"), "Win now");
        assert_eq!(safe_name("<b>Anne <i>Exemple"), "bAnne iExemple");
        assert_eq!(safe_name(&"x".repeat(200)).chars().count(), 80);
    }
}
