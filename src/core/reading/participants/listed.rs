//! People of forms, tables and lists, and of the answers to our questions.

use super::super::acts::{Deed, Who};
use super::super::clause::Cut;
use super::super::mail::Mail;
use super::super::signature::{details_near, forms_in, lists_in, tables_in};
use super::super::thread::Letter;
use super::details::complete;
use super::sender::add_sender;
use super::{People, same};
use crate::core::lexicon::Cue;
use crate::core::person::Person;

/// Says whether people stand in a form, a table or a list.
pub fn is_listed(mail: &Mail<'_>) -> bool {
    !listed(mail).is_empty()
}

/// Says whether people stand in a form: labels with what was filled in.
pub fn is_form(mail: &Mail<'_>) -> bool {
    !forms_in(mail.new.text).is_empty() || !forms_in(&answers(mail)).is_empty()
}

/// What the writer's earlier mail, quoted under our question, asked for.
pub fn earlier_intent(mail: &Mail<'_>) -> Option<super::super::Intent> {
    let text = earlier_text(mail)?;
    let cut = Cut::new(text, Vec::new(), Vec::new());
    let found = super::super::acts::acts(&cut);
    let has = |deed: Deed| found.iter().any(|a| a.deed == deed && !a.weak);
    if has(Deed::Quit) || has(Deed::NotCome) {
        return Some(super::super::Intent::Cancel);
    }
    has(Deed::Register).then_some(super::super::Intent::Register)
}

/// The writer's own words below our question: a quoted mail of theirs, or what our letter repeats.
fn earlier_text<'m>(mail: &'m Mail<'_>) -> Option<&'m str> {
    let own = mail
        .thread
        .iter()
        .find(|t| t.letter == Letter::Own)
        .map(|t| t.quote.text.as_str());
    let repeated = mail
        .thread
        .first()
        .filter(|t| t.letter == Letter::AskedBack)
        .and_then(|_| mail.thread.get(1))
        .filter(|t| t.letter == Letter::Others && t.quote.from_email.is_none())
        .map(|t| t.quote.text.as_str());
    own.or(repeated).or_else(|| {
        let asked = mail.thread.iter().find(|t| t.letter == Letter::AskedBack)?;
        let text = asked.quote.text.as_str();
        let at = text.find("\n>")?;
        text.get(at..)
    })
}

/// Who is meant by an answer to our question: whom the first mail named, else the sender.
pub fn answering(mail: &Mail<'_>) -> People {
    let mut people = People::default();
    if let Some(text) = earlier_text(mail) {
        let text = text.replace("\n>", "\n");
        let names = super::super::names::names_in(&text);
        let mentions = Vec::new();
        let cut = Cut::new(&text, names, mentions);
        let others = super::super::acts::acts(&cut)
            .iter()
            .any(|a| a.deed == Deed::Register && a.who == Who::Others);
        if others {
            for found in cut
                .names
                .iter()
                .filter(|n| n.full && !mail.is_ours(&n.name))
            {
                if !same(&found.name, &mail.sender.name) {
                    let near = details_near(&text, &found.name);
                    people.push(Person {
                        name: found.name.clone(),
                        ..near
                    });
                }
            }
        }
    }
    if people.list.is_empty() {
        add_sender(mail, &mut people);
    }
    complete(mail, &mut people);
    people
}

/// People of a form, a table or a list in the newly written text.
pub(super) fn listed(mail: &Mail<'_>) -> Vec<Person> {
    let text = mail.new.text;
    let mut found = forms_in(text);
    let answered = answers(mail);
    if found.is_empty() && !answered.is_empty() {
        found = forms_in(&answered);
    }
    if found.is_empty() {
        found = tables_in(text);
    }
    let bullets = mail.new.clauses.iter().filter(|c| c.bullet).count();
    let follows = mail
        .new
        .clauses
        .iter()
        .any(|c| c.cues.has(Cue::ListFollows) || c.cues.has(Cue::Unnamed));
    if found.is_empty() && (bullets > 0 || follows) {
        found = lists_in(text);
    }
    found.retain(|p| !p.name.is_empty() && !mail.is_ours(&p.name));
    found
}

/// A form, a table or list marks: what stands there is all there is.
pub(super) fn is_written_as_list(mail: &Mail<'_>) -> bool {
    !forms_in(mail.new.text).is_empty()
        || !tables_in(mail.new.text).is_empty()
        || mail.new.clauses.iter().filter(|c| c.bullet).count() > 1
}

/// A form filled in between quoted lines: the line asked, then what was answered.
fn answers(mail: &Mail<'_>) -> String {
    let mut text = String::new();
    for quote in &mail.parts.quotes {
        for (answer, asked) in &quote.answered {
            let asked = asked.trim().trim_start_matches(['-', '*', '•', ' ']);
            let asked = asked.trim_end_matches([':', ' ', '\u{a0}', '?']);
            text.push_str(asked);
            text.push_str(" : ");
            text.push_str(answer.trim());
            text.push('\n');
        }
    }
    text
}
