//! The fields of a structured report (RFC 3464 §2.3), wherever they stand.

use super::RECIPIENTS_MAX;
use super::text::{enhanced_code, first_address};

/// Says whether a text holds the fields of a report by itself (OpenSMTPD, WorkMail).
pub fn has_fields(text: &str) -> bool {
    const LINES_MAX: usize = 400;
    let begins = |line: &str, name: &str| {
        let start = line.trim_start().get(..name.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let has = |name: &str| text.lines().take(LINES_MAX).any(|line| begins(line, name));
    has("final-recipient:") && (has("action:") || has("status:"))
}

/// The fields of RFC 3464 §2.3, over all recipients.
#[derive(Default)]
pub struct Fields {
    pub recipients: Vec<String>,
    pub status: Option<String>,
    pub permanent: Option<bool>,
    pub delayed: bool,
    pub delivered: bool,
}

/// The fields of one recipient.
#[derive(Default)]
struct Group {
    finals: Option<String>,
    original: Option<String>,
    action: String,
    status: Option<String>,
}

impl Fields {
    pub fn read(text: &str) -> Fields {
        let mut fields = Fields::default();
        let mut group = Group::default();
        for line in unfolded(text) {
            let Some((name, value)) = line.split_once(':') else {
                if line.trim().is_empty() {
                    fields.close(std::mem::take(&mut group));
                }
                continue;
            };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "final-recipient" => {
                    if group.finals.is_some() {
                        fields.close(std::mem::take(&mut group));
                    }
                    group.finals = typed_address(value);
                }
                "original-recipient" => group.original = typed_address(value),
                "x-actual-recipient" if group.finals.is_none() => {
                    group.finals = typed_address(value)
                }
                "action" => {
                    group.action = value
                        .split([' ', ';', '('])
                        .next()
                        .unwrap_or_default()
                        .to_ascii_lowercase()
                }
                "status" => group.status = enhanced_code(value),
                _ => {}
            }
        }
        fields.close(group);
        fields
    }

    fn close(&mut self, group: Group) {
        let Some(address) = group.finals.or(group.original) else {
            return;
        };
        let class = group
            .status
            .as_deref()
            .and_then(|status| status.chars().next());
        match group.action.as_str() {
            // A recipient that was reached beside one that was not is no failure.
            "delivered" | "relayed" | "expanded" => {
                self.delivered = self.recipients.is_empty();
                if !self.delivered {
                    return;
                }
            }
            "delayed" => self.delayed = true,
            "failed" => {
                if std::mem::take(&mut self.delivered) {
                    self.recipients.clear();
                }
                self.permanent = Some(true);
            }
            _ => match class {
                Some('4') => self.delayed = true,
                Some('5') => self.permanent = Some(true),
                _ => {}
            },
        }
        if self.delayed && self.permanent.is_none() {
            self.permanent = Some(false);
        }
        if self.status.is_none() {
            self.status = group.status;
        }
        if !self.recipients.contains(&address) && self.recipients.len() < RECIPIENTS_MAX {
            self.recipients.push(address);
        }
    }
}

/// Joins folded lines.
pub fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        match lines.last_mut() {
            Some(last)
                if line.starts_with([' ', '\t'])
                    && !line.trim().is_empty()
                    && last.len() < 4000 =>
            {
                last.push_str(line)
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

/// Reads `rfc822; address` (RFC 3464 §2.3.1); seen in practice: no type, brackets, xtext.
fn typed_address(value: &str) -> Option<String> {
    let address = value.rsplit_once(';').map_or(value, |(_, address)| address);
    first_address(&address.replace("+3D", "=").replace("+2B", "+"))
}
