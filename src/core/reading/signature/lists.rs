//! People in forms, tables and lists.

use super::contacts::{best_phone, emails_in, phones_in};
use super::segments::facts;
use crate::core::person::{Person, fold};
use crate::core::reading::names::{Order, parse_name_as};
use crate::core::reading::people::{Is, is};

/// What a label or a table's head asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Family,
    Given,
    Full,
    Structure,
    Role,
    Phone,
    Email,
    Other,
}

/// Longest line that is read as a form's, a table's or a list's; more is no line that anybody wrote.
const LINE_BYTES_MAX: usize = 1000;
/// People that one text lists at most; more is not for a robot.
const PEOPLE_MAX: usize = 60;

/// Most words of a label.
const LABEL_WORDS_MAX: usize = 6;

fn field_of(label: &str) -> Option<Field> {
    let folded = fold(label);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || words.len() > LABEL_WORDS_MAX {
        return None;
    }
    let any = |kind| words.iter().any(|word| is(word, kind));
    let family = any(Is::LabelFamily);
    let given = any(Is::LabelGiven);
    if any(Is::LabelEmail) {
        return Some(Field::Email);
    }
    if any(Is::LabelPhone) {
        return Some(Field::Phone);
    }
    match (family, given) {
        (true, true) if words.contains(&"name") && words.len() == 2 => {
            return Some(if words.contains(&"first") || words.contains(&"given") {
                Field::Given
            } else {
                Field::Family
            });
        }
        (true, true) => return Some(Field::Full),
        (false, true) => return Some(Field::Given),
        (true, false)
            if words == ["name"]
                || words.iter().any(|w| {
                    matches!(
                        *w,
                        "full"
                            | "complet"
                            | "participant"
                            | "participante"
                            | "stagiaire"
                            | "attendee"
                            | "delegate"
                    )
                }) =>
        {
            return Some(Field::Full);
        }
        // « Nom du projet », "Name of your group"
        (true, false) if any(Is::LabelStructure) => return Some(Field::Structure),
        (true, false) => return Some(Field::Family),
        _ => {}
    }
    // « Votre lieu », "Your place": whose it is tells that no place of a session is asked
    let own = words
        .iter()
        .any(|word| matches!(*word, "votre" | "ton" | "your" | "mon" | "my"));
    if own
        && words
            .iter()
            .any(|word| matches!(*word, "lieu" | "place" | "ferme" | "boutique" | "service"))
    {
        return Some(Field::Structure);
    }
    // « Fonction dans l'association » asks for what stands first
    let first = words
        .iter()
        .find(|word| is(word, Is::LabelStructure) || is(word, Is::LabelRole));
    if let Some(first) = first {
        return Some(if is(first, Is::LabelRole) {
            Field::Role
        } else {
            Field::Structure
        });
    }
    // "Museum:", « Club ou école : »
    let body = words.len() <= 3 && !any(Is::LabelOther) && any(Is::Structure);
    if body {
        return Some(Field::Structure);
    }
    any(Is::LabelOther).then_some(Field::Other)
}

#[derive(Debug, Default)]
struct Draft {
    family: Option<String>,
    given: Option<String>,
    full: Option<(String, Order)>,
    person: Person,
}

impl Draft {
    fn has(&self, field: Field) -> bool {
        match field {
            Field::Family => self.family.is_some(),
            Field::Given => self.given.is_some(),
            Field::Full => self.full.is_some(),
            Field::Structure => self.person.organisation.is_some(),
            Field::Role => self.person.role.is_some(),
            Field::Phone => self.person.phone.is_some(),
            Field::Email => self.person.email.is_some(),
            Field::Other => false,
        }
    }

    fn set(&mut self, field: Field, value: &str, order: Order) {
        let value = value.trim_matches(|c: char| c.is_whitespace() || ",;|".contains(c));
        if value.is_empty() || matches!(value, "-" | "/" | "néant" | "n/a" | "N/A") {
            return;
        }
        let text = value.trim_end_matches('.').to_owned();
        match field {
            Field::Family => self.family = Some(without_chatter(&text)),
            Field::Given => self.given = Some(without_chatter(&text)),
            Field::Full => self.full = Some((without_chatter(&text), order)),
            Field::Structure => self.person.organisation = Some(without_bracket(&text)),
            Field::Role => self.person.role = Some(text),
            Field::Phone => self.person.phone = best_phone(&phones_in(value)),
            Field::Email => {
                self.person.email = emails_in(value).into_iter().next().map(|(_, email)| email);
            }
            Field::Other => {}
        }
    }

    fn finish(self) -> Option<Person> {
        let mut person = self.person;
        person.name = match (&self.given, &self.family, &self.full) {
            (Some(given), Some(family), _) => joined(given, family)?,
            (None, Some(name), None) => parse_name_as(name, Order::Unknown)?.name,
            (Some(given), None, None) => parse_name_as(given, Order::GivenFirst)?.name,
            (_, _, Some((full, order))) => parse_name_as(full, *order)?.name,
            (None, None, None) => return None,
        };
        Some(person)
    }
}

/// Joins the two fields of a form: whatever they hold is the name, if it is letters.
fn joined(given: &str, family: &str) -> Option<String> {
    let letters = |text: &str| {
        text.chars().any(char::is_alphabetic)
            && !text.bytes().any(|b| b.is_ascii_digit() || b == b'@')
    };
    if !letters(given) || !letters(family) {
        return None;
    }
    let given = crate::core::reading::names::set_right(given);
    let family = crate::core::reading::names::set_right(family);
    Some(format!("{given} {family}"))
}

/// « Sixtine Hervé, avec un accent svp »: what is said behind the answer is no part of the name.
fn without_chatter(text: &str) -> String {
    let bare = text.split(['(', ';', '!', '?']).next().unwrap_or(text);
    let bare = bare.split(" - ").next().unwrap_or(bare).trim();
    match bare.split_once(',') {
        Some((name, _)) if parse_name_as(bare, Order::Unknown).is_none() => name.trim().to_owned(),
        _ => bare.to_owned(),
    }
}

fn without_bracket(text: &str) -> String {
    text.split(" (").next().unwrap_or(text).trim().to_owned()
}

/// Reads forms, one person each; a label that comes again begins the next.
pub fn forms_in(text: &str) -> Vec<Person> {
    let mut people = Vec::new();
    let mut draft = Draft::default();
    let mut waiting: Option<(Field, Order)> = None;
    for line in text.lines() {
        let line = line
            .trim_start_matches(['>', ' ', '\t', '-', '*', '•'])
            .trim();
        if people.len() >= PEOPLE_MAX {
            break;
        }
        let pairs = if line.len() <= LINE_BYTES_MAX {
            pairs_of(line)
        } else {
            Vec::new()
        };
        if pairs.is_empty() {
            if let Some((field, order)) = waiting.take()
                && !line.is_empty()
            {
                draft.set(field, line, order);
            }
            continue;
        }
        waiting = None;
        for (field, order, value) in pairs {
            if field != Field::Other && draft.has(field) {
                people.extend(std::mem::take(&mut draft).finish());
            }
            draft.set(field, value, order);
            if value.trim().is_empty() {
                waiting = Some((field, order));
            }
        }
    }
    people.extend(draft.finish());
    people
}

/// The pairs of label and value on a line: « structure : CC X, fonction : Y ».
fn pairs_of(line: &str) -> Vec<(Field, Order, &str)> {
    let mut pairs: Vec<(Field, Order, &str)> = Vec::new();
    let mut rest = line;
    while let Some((label, value)) = split_label(rest) {
        let Some(field) = field_of(label) else { break };
        let next = value
            .char_indices()
            .filter(|(_, c)| matches!(c, ',' | ';' | '|'))
            .map(|(at, _)| at)
            .find(|at| {
                let after = value.get(at + 1..).unwrap_or_default();
                split_label(after).is_some_and(|(label, _)| field_of(label).is_some())
            });
        let end = next.unwrap_or(value.len());
        pairs.push((field, order_of(label), value.get(..end).unwrap_or_default()));
        rest = value.get(end + 1..).unwrap_or_default();
        if next.is_none() {
            break;
        }
    }
    pairs
}

/// Splits at the first colon or equals sign, unless it belongs to an hour or a web address.
fn split_label(text: &str) -> Option<(&str, &str)> {
    let at = text.find([':', '='])?;
    let value = text.get(at + 1..)?;
    if value.starts_with("//")
        || value.starts_with(|c: char| c.is_ascii_digit())
            && text.get(..at)?.ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let label = text.get(..at)?.trim();
    let label = label.split(" (").next().unwrap_or(label);
    Some((label, value))
}

/// « Nom et prénom » asks for the family name first.
fn order_of(label: &str) -> Order {
    let folded = fold(label);
    let family = folded
        .split(' ')
        .position(|word| matches!(word, "nom" | "noms" | "surname"));
    let given = folded
        .split(' ')
        .position(|word| matches!(word, "prenom" | "prenoms" | "first"));
    match (family, given) {
        (Some(family), Some(given)) if family < given => Order::FamilyFirst,
        (Some(_), Some(_)) => Order::GivenFirst,
        _ => Order::Unknown,
    }
}

/// Reads tables of people: cells parted by `|` or tab, or one a line under as many heads.
pub fn tables_in(text: &str) -> Vec<Person> {
    let mut people = Vec::new();
    let mut heads: Option<Vec<(Field, Order)>> = None;
    for line in text.lines() {
        if line.len() > LINE_BYTES_MAX || people.len() >= PEOPLE_MAX {
            continue;
        }
        let cells: Vec<&str> = line
            .trim_start_matches(['>', ' '])
            .trim_matches('|')
            .split(['|', '\t'])
            .map(str::trim)
            .collect();
        if cells.len() < 2 {
            if !line.trim().is_empty() {
                heads = None;
            }
            continue;
        }
        if let Some(found) = heads_of(&cells) {
            heads = Some(found);
        } else if let Some(heads) = &heads {
            people.extend(row(heads, &cells));
        }
    }
    if people.is_empty() {
        people = cells_a_line(text);
    }
    people
}

/// The heads of a table: a name is among them, and two of them are known.
fn heads_of(cells: &[&str]) -> Option<Vec<(Field, Order)>> {
    let fields: Vec<Option<Field>> = cells.iter().map(|cell| field_of(cell)).collect();
    let named = fields
        .iter()
        .flatten()
        .any(|field| matches!(field, Field::Family | Field::Full | Field::Given));
    if !named || fields.iter().flatten().count() < 2 {
        return None;
    }
    Some(
        fields
            .iter()
            .zip(cells)
            .map(|(field, cell)| (field.unwrap_or(Field::Other), order_of(cell)))
            .collect(),
    )
}

fn row(heads: &[(Field, Order)], cells: &[&str]) -> Option<Person> {
    let mut draft = Draft::default();
    for ((field, order), cell) in heads.iter().zip(cells) {
        draft.set(*field, cell, *order);
    }
    draft.finish()
}

/// One cell a line: as many heads in a row, then the cells of each person.
fn cells_a_line(text: &str) -> Vec<Person> {
    /// Fewest heads; fewer are lines of a sentence.
    const HEADS_MIN: usize = 3;
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let Some(start) = lines
        .iter()
        .position(|line| field_of(line).is_some() && !line.contains([':', '.']))
    else {
        return Vec::new();
    };
    let heads: Vec<(Field, Order)> = lines
        .iter()
        .skip(start)
        .map_while(|line| Some((field_of(line)?, order_of(line))))
        .collect();
    if heads.len() < HEADS_MIN
        || !heads
            .iter()
            .any(|(field, _)| matches!(field, Field::Family | Field::Full))
    {
        return Vec::new();
    }
    let mut people = Vec::new();
    let mut cells = lines.iter().skip(start + heads.len()).copied().peekable();
    while cells.peek().is_some() && people.len() < PEOPLE_MAX {
        let mut draft = Draft::default();
        for (field, order) in &heads {
            // a cell that does not fit was left empty
            if let Some(cell) = cells.next_if(|cell| fits(*field, cell)) {
                draft.set(*field, cell, *order);
            }
        }
        let Some(person) = draft.finish().filter(|p| p.name.contains(' ')) else {
            break;
        };
        people.push(person);
    }
    people
}

/// Says whether a cell can be what its head asks for.
fn fits(field: Field, cell: &str) -> bool {
    /// Longest cell; more is a sentence.
    const CELL_BYTES: usize = 80;
    match field {
        Field::Email => cell.contains('@'),
        Field::Phone => !phones_in(cell).is_empty(),
        _ => cell.len() <= CELL_BYTES && !cell.contains('@') && phones_in(cell).is_empty(),
    }
}

/// Reads people listed one a line or bullet (« - DUPONT Marie, mail, telephone, function »).
///
/// Lines without a mark count where two or more follow each other and each begins with a name.
pub fn lists_in(text: &str) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    let mut unmarked: Vec<Person> = Vec::new();
    for item in items_of(text) {
        if item.text.len() > LINE_BYTES_MAX || people.len() >= PEOPLE_MAX {
            continue;
        }
        let person = listed(&item.text, item.marked);
        match person {
            Some(person) if item.marked => {
                flush(&mut unmarked, &mut people);
                people.push(person);
            }
            Some(person) => unmarked.push(person),
            None => flush(&mut unmarked, &mut people),
        }
    }
    flush(&mut unmarked, &mut people);
    people
}

fn flush(unmarked: &mut Vec<Person>, people: &mut Vec<Person>) {
    unmarked.truncate(PEOPLE_MAX);
    if unmarked.len() >= 2 {
        people.append(unmarked);
    }
    unmarked.clear();
}

struct Item {
    text: String,
    marked: bool,
}

/// Cuts a text into its lines, each with those that go on from it.
fn items_of(text: &str) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let bare = line.trim_start_matches([
            '-', '–', '—', '•', '*', '·', ' ', '\u{a0}', '\t', '○', '▪', '◦',
        ]);
        let digits = bare.bytes().take_while(u8::is_ascii_digit).count();
        let numbered = (1..=2).contains(&digits)
            && bare
                .get(digits..)
                .is_some_and(|rest| rest.starts_with([')', '.', '/', '-', '°']));
        let bare_number = if numbered {
            bare.get(digits + 1..).unwrap_or_default().trim_start()
        } else {
            bare
        };
        let marked = numbered || bare.len() < line.len();
        let goes_on = !marked
            && !line.starts_with("n°")
            && line
                .chars()
                .next()
                .is_some_and(|c| c.is_lowercase() || c == '(');
        match items.last_mut() {
            Some(item) if goes_on && item.text.len() <= LINE_BYTES_MAX => {
                item.text.push(' ');
                item.text.push_str(line);
            }
            _ => items.push(Item {
                text: bare_number.to_owned(),
                marked,
            }),
        }
    }
    items
}

/// Says whether a text numbers its lines from one (« 1) … », « 1. … », « n° 1 : … »).
pub fn is_numbered(text: &str) -> bool {
    let mut next = 1;
    for line in text.lines() {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let marked = line
            .get(digits..)
            .is_some_and(|rest| rest.starts_with([')', '.', '/', '°']));
        if marked && line.get(..digits).and_then(|n| n.parse::<u32>().ok()) == Some(next) {
            next += 1;
        }
    }
    next > 2
}

/// Says whether a colon at the end of a line opens what stands below it.
pub fn is_announced(text: &str) -> bool {
    text.lines().any(|line| line.trim_end().ends_with(':'))
}

/// « n° 1 : Jules Péan, régisseur », « le maire, Bernard Ozon »: what stands before the name on its line.
fn from_name(line: &str) -> Option<&str> {
    /// Longest label or function before a name, in words.
    const WORDS: usize = 6;
    let (before, after) = line.split_once([':', ','])?;
    let by_colon = line
        .get(before.len()..)
        .is_some_and(|rest| rest.starts_with(':'));
    let short = before.split_whitespace().count() <= WORDS && !before.contains('@');
    let folded = fold(before);
    let tells = by_colon
        || folded
            .split(' ')
            .any(|word| is(word, Is::Function) || is(word, Is::PersonLead));
    let unnamed = parse_name_as(before, Order::Unknown).is_none();
    (short && tells && unnamed).then(|| after.trim_start())
}

/// A person that a line begins with.
fn listed(line: &str, marked: bool) -> Option<Person> {
    let line = ["et ", "and ", "& "]
        .iter()
        .find_map(|joint| line.strip_prefix(joint))
        .unwrap_or(line);
    begun(line, marked).or_else(|| {
        let labelled = from_name(line)?;
        begun(labelled, false)
    })
}

fn begun(line: &str, marked: bool) -> Option<Person> {
    let end = [
        ",", " - ", " – ", " — ", "|", "(", "\t", ";", " : ", "   ", ": ", "<",
    ]
    .iter()
    .filter_map(|cut| line.find(cut))
    .chain(phones_in(line).first().map(|phone| phone.range.start))
    .chain(emails_in(line).first().map(|(range, _)| range.start))
    .min()
    .unwrap_or(line.len());
    let head = line.get(..end)?.trim();
    let found = parse_name_as(head, Order::Unknown)?;
    let words = head.split_whitespace().count();
    if words > 6 || !(found.full || marked && found.title.is_some()) {
        return None;
    }
    let rest = line.get(end..).unwrap_or_default();
    Some(person_of(&found.name, rest))
}

/// Makes a person of a name and of what is said about them.
pub(super) fn person_of(name: &str, about: &str) -> Person {
    let said = facts(about, name, false);
    let organisation = said.organisation.or_else(|| body_in_brackets(about, name));
    Person {
        name: name.to_owned(),
        email: said.emails.first().cloned(),
        organisation,
        role: said.role,
        phone: best_phone(&said.phones),
    }
}

/// « Mme Ravel (Les Marcheurs du Gouet, 02 …) »: what stands first in brackets right after a name.
fn body_in_brackets(about: &str, name: &str) -> Option<String> {
    let inside = about.trim_start().strip_prefix('(')?.split(')').next()?;
    let first = inside.split([',', ';']).next()?;
    let capital = first.trim().chars().next().is_some_and(char::is_uppercase);
    let several = first.split_whitespace().count() >= 2;
    if !capital || !several {
        return None;
    }
    facts(first, name, true).organisation
}

/// Gives everybody whom forms, tables and lists of a text name, each once, with the address that
/// bears their name where none stands beside it.
pub fn people_in(text: &str) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    for person in forms_in(text)
        .into_iter()
        .chain(tables_in(text))
        .chain(lists_in(text))
    {
        match people
            .iter_mut()
            .find(|known| known.name_key() == person.name_key())
        {
            Some(known) => super::complete(known, person),
            None => people.push(person),
        }
    }
    for person in &mut people {
        if person.email.is_none() {
            person.email = super::email_of(text, &person.name);
        }
    }
    people
}
