//! A session file → [`Session`]: wall clock and zone become instants here, once.

use std::path::Path;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone};
use toml::Spanned;

use super::attached::attached;
use super::main_file::MODES;
use super::raw::{RawSession, RawSpan};
use super::sheet::Sheet;
use super::{ConfigError, LoadedFile, Problem};
use crate::core::catalogue::{Detail, GroupRule, MembershipRule, Session, SessionId, Span};

/// Seats beyond this are a slip of the pen.
const CAPACITY_MAX: u32 = 100_000;
/// Levels beyond this are a year or a number of something else.
const LEVEL_MAX: u32 = 100;
/// A subject line carries the title.
const TITLE_CHARS_MAX: usize = 300;
/// An id is typed by hand and stands in commands.
const ID_CHARS_MAX: usize = 64;

const MEMBERSHIPS: &[(&str, MembershipRule)] = &[
    ("required", MembershipRule::Required),
    ("none", MembershipRule::None),
];
const GROUPS: &[(&str, GroupRule)] = &[
    ("together", GroupRule::Together),
    ("split", GroupRule::Split),
];
const DETAILS: &[(&str, Detail)] = &[
    ("organisation", Detail::Organisation),
    ("phone", Detail::Phone),
    ("role", Detail::Role),
    ("email", Detail::Email),
];

/// A session, its files, and where its id stands.
#[derive(Debug)]
pub(super) struct SessionFile {
    /// The session.
    pub session: Session,
    /// The files that go along with its replies.
    pub files: Vec<LoadedFile>,
    /// What to say if another file has the same id.
    pub twice: Problem,
}

/// Reads a session file.
pub(super) fn load(path: &Path) -> Result<SessionFile, ConfigError> {
    let mut sheet = Sheet::open(path)?;
    let raw: RawSession = sheet.shape()?;
    let mut files = Vec::new();
    let twice = sheet.at(
        raw.id.span(),
        format!("the id \"{}\" is taken", raw.id.get_ref()),
    );
    match (
        build(&mut sheet, &raw, &mut files),
        ConfigError::of(sheet.problems),
    ) {
        (Some(session), None) => Ok(SessionFile {
            session,
            files,
            twice,
        }),
        (_, Some(error)) => Err(error),
        (None, None) => Err(Problem::of_file(path, "the file cannot be used").into()),
    }
}

fn build(sheet: &mut Sheet, raw: &RawSession, files: &mut Vec<LoadedFile>) -> Option<Session> {
    let id = id(sheet, &raw.id);
    let title = title(sheet, &raw.title);
    let zone = sheet.zone("timezone", &raw.timezone);
    let when = zone
        .as_ref()
        .and_then(|(_, zone)| when(sheet, &raw.when, zone));
    let online = raw.online.unwrap_or(false);
    let place = place(sheet, raw, online);
    let capacity = sheet.number("capacity", &raw.capacity, 1..=CAPACITY_MAX);
    let (held, capacity_min) = seats(sheet, raw, capacity);
    let membership = sheet.choice("membership", &raw.membership, MEMBERSHIPS);
    let last_day = last_day(sheet, raw);
    let closes_at = deadline(
        sheet,
        raw,
        last_day,
        when.as_deref(),
        zone.as_ref().map(|z| &z.1),
    );
    let level = raw.level.as_ref();
    let level = level.and_then(|v| sheet.number("level", v, 1..=LEVEL_MAX));
    let group = raw.group.as_ref();
    let group = group.map_or(Some(GroupRule::Together), |v| {
        sheet.choice("group", v, GROUPS)
    });
    let mode = raw
        .mode
        .as_ref()
        .and_then(|v| sheet.choice("mode", v, MODES));
    let membership_form = raw.membership_form.as_ref();
    let membership_form =
        membership_form.and_then(|v| attached(sheet, "membership_form", v, files));
    let attachments = raw.attachments.iter().flatten();
    let attachments = attachments
        .filter_map(|v| attached(sheet, "attachments", v, files))
        .collect();
    let note = raw.confirmed_note.as_ref();
    let description = raw.description.as_ref();
    Some(Session {
        series: sheet.line_of("series", raw.series.as_ref()),
        aliases: sheet.lines_of("aliases", raw.aliases.as_ref()),
        join_link: link(sheet, raw.join_link.as_ref()),
        description: description.and_then(|v| sheet.text("description", v)),
        audience: sheet.line_of("audience", raw.audience.as_ref()),
        contact: sheet.line_of("contact", raw.contact.as_ref()),
        confirmed_note: note.and_then(|v| sheet.text("confirmed_note", v)),
        ask: ask(sheet, raw.ask.as_ref()),
        id: id?,
        title: title?,
        level,
        when: when?,
        timezone: zone?.0,
        place: place?,
        online,
        capacity: capacity?,
        held,
        capacity_min,
        waitlist: raw.waitlist.unwrap_or(true),
        group: group?,
        closes_at,
        last_day,
        membership: membership?,
        mode,
        closed: raw.closed.unwrap_or(false),
        cancelled: raw.cancelled.unwrap_or(false),
        membership_form,
        attachments,
    })
}

fn id(sheet: &mut Sheet, value: &Spanned<String>) -> Option<SessionId> {
    let id = sheet.line("id", value)?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.chars().all(plain) && id.chars().count() <= ID_CHARS_MAX {
        return Some(SessionId(id));
    }
    let problem = sheet.at(value.span(), format!("`id` cannot be \"{id}\""));
    sheet.add(problem.help("write a short word of letters, digits, - and _, as in \"coop-3\""));
    None
}

fn title(sheet: &mut Sheet, value: &Spanned<String>) -> Option<String> {
    let title = sheet.line("title", value)?;
    if title.chars().count() <= TITLE_CHARS_MAX {
        return Some(title);
    }
    let what = format!("`title` is longer than {TITLE_CHARS_MAX} characters");
    let problem = sheet.at(value.span(), what);
    sheet.add(problem.help("write the name only; more can stand in `description`"));
    None
}

fn place(sheet: &mut Sheet, raw: &RawSession, online: bool) -> Option<String> {
    match &raw.place {
        Some(place) if online && place.get_ref().trim().is_empty() => Some(String::new()),
        Some(place) => sheet.line("place", place),
        None if online => Some(String::new()),
        None => {
            let problem = Problem::of_file(&sheet.file, "`place` is missing");
            sheet.add(problem.help("write place = \"…\", or online = true if there is none"));
            None
        }
    }
}

fn seats(sheet: &mut Sheet, raw: &RawSession, capacity: Option<u32>) -> (u32, Option<u32>) {
    let held = raw.held.as_ref();
    let held_seats = held.and_then(|v| sheet.number("held", v, 0..=CAPACITY_MAX));
    let least = raw.capacity_min.as_ref();
    let least_seats = least.and_then(|v| sheet.number("capacity_min", v, 1..=CAPACITY_MAX));
    let both = [
        ("held", held, held_seats),
        ("capacity_min", least, least_seats),
    ];
    for (key, value, number) in both {
        if let (Some(value), Some(number), Some(capacity)) = (value, number, capacity)
            && number > capacity
        {
            let what = format!("`{key}` is {number}, more than the capacity of {capacity}");
            let problem = sheet.at(value.span(), what);
            sheet.add(problem.help(format!("write {capacity} or less, or a larger capacity")));
        }
    }
    (held_seats.unwrap_or(0), least_seats)
}

fn when(
    sheet: &mut Sheet,
    value: &Spanned<Vec<Spanned<RawSpan>>>,
    zone: &TimeZone,
) -> Option<Vec<Span>> {
    if value.get_ref().is_empty() {
        let problem = sheet.at(value.span(), "`when` is empty");
        sheet.add(problem.help(
            "write when = [{ from = 2017-10-03T10:00:00, to = 2017-10-03T12:00:00 }], one { } a day",
        ));
        return None;
    }
    let noted = sheet.problems.len();
    let mut spans: Vec<(Span, &Spanned<RawSpan>)> = Vec::new();
    for raw in value.get_ref() {
        if let Some(span) = span(sheet, raw.get_ref(), zone) {
            spans.push((span, raw));
        }
    }
    spans.sort_by_key(|(span, _)| span.from_at);
    for (earlier, later) in spans.iter().zip(spans.iter().skip(1)) {
        if later.0.from_at < earlier.0.to_at {
            let problem = sheet.at(later.1.span(), "`when`: two stretches overlap");
            sheet.add(problem.help("write one { from, to } for each stretch, one after the other"));
        }
    }
    let whole = sheet.problems.len() == noted;
    whole.then(|| spans.into_iter().map(|(span, _)| span).collect())
}

fn span(sheet: &mut Sheet, raw: &RawSpan, zone: &TimeZone) -> Option<Span> {
    let from = sheet.moment("from", &raw.from);
    let to = sheet.moment("to", &raw.to);
    let from_at = from.and_then(|at| instant(sheet, "from", &raw.from, at, zone));
    let to_at = to.and_then(|at| instant(sheet, "to", &raw.to, at, zone));
    let (from, to, from_at, to_at) = (from?, to?, from_at?, to_at?);
    if to_at <= from_at {
        let problem = sheet.at(
            raw.to.span(),
            "`to` is not after `from`: it ends before it begins",
        );
        sheet.add(problem.help("write the end of the same stretch"));
        return None;
    }
    Some(Span {
        from,
        to,
        from_at,
        to_at,
    })
}

/// Gives the instant of a wall clock time; the hour of a clock change may name none or two.
fn instant<T>(
    sheet: &mut Sheet,
    key: &str,
    value: &Spanned<T>,
    at: DateTime,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let moment = zone.to_ambiguous_timestamp(at);
    let what = match moment.offset() {
        AmbiguousOffset::Unambiguous { .. } => {
            let instant = moment.unambiguous().ok();
            if instant.is_none() {
                let problem = sheet.at(
                    value.span(),
                    format!("`{key}` is no time we can reckon with"),
                );
                sheet.add(problem);
            }
            return instant;
        }
        AmbiguousOffset::Gap { .. } => {
            "there is no such hour that day: the clocks are put forward over it"
        }
        AmbiguousOffset::Fold { .. } => {
            "that hour comes twice that day: the clocks are put back over it"
        }
    };
    let problem = sheet.at(value.span(), format!("`{key}`: {what}"));
    sheet.add(problem.help("write an hour before or after the change of the clocks"));
    None
}

/// Gives the last civil day on which one can register.
fn last_day(sheet: &mut Sheet, raw: &RawSession) -> Option<Date> {
    let before = raw.register_before.as_ref();
    let until = raw.register_until.as_ref();
    if let (Some(_), Some(until)) = (before, until) {
        let help =
            "keep one: register_before = 2017-09-22 and register_until = 2017-09-21 say the same";
        sheet.exclusive(until.span(), "register_before", "register_until", help);
        return None;
    }
    if let Some(until) = until {
        return sheet.date("register_until", until);
    }
    let before = before?;
    sheet.date("register_before", before)?.yesterday().ok()
}

/// Gives the first instant that is too late: the beginning of the day after the last, or of the
/// session if that is earlier.
fn deadline(
    sheet: &mut Sheet,
    raw: &RawSession,
    last_day: Option<Date>,
    when: Option<&[Span]>,
    zone: Option<&TimeZone>,
) -> Option<Timestamp> {
    let (last_day, first) = (last_day?, when?.first()?);
    let value = raw
        .register_before
        .as_ref()
        .or(raw.register_until.as_ref())?;
    if last_day > first.from.date() {
        let what = format!(
            "registration would end on {last_day}, after the session has begun ({})",
            first.from.date()
        );
        let latest = match raw.register_until {
            Some(_) => format!("register_until = {}", first.from.date()),
            None => format!("register_before = {}", first.from.date().tomorrow().ok()?),
        };
        let problem = sheet.at(value.span(), what);
        sheet.add(problem.help(format!("write {latest} or earlier")));
        return None;
    }
    // Where clocks change at midnight the day begins at its first instant that exists.
    let day_after = last_day.tomorrow().ok()?;
    let ends = day_after.to_zoned_datetime(zone?.clone()).ok()?.timestamp();
    Some(ends.min(first.from_at))
}

fn link(sheet: &mut Sheet, value: Option<&Spanned<String>>) -> Option<String> {
    let value = value?;
    let link = sheet.line("join_link", value)?;
    let web = link.starts_with("https://") || link.starts_with("http://");
    if web && !link.contains(char::is_whitespace) {
        return Some(link);
    }
    let problem = sheet.at(value.span(), "`join_link` is no link");
    sheet.add(problem.help("write it as in join_link = \"https://…\""));
    None
}

fn ask(sheet: &mut Sheet, value: Option<&Vec<Spanned<String>>>) -> Vec<Detail> {
    match value {
        None => vec![Detail::Organisation, Detail::Phone],
        Some(values) => values
            .iter()
            .filter_map(|v| sheet.choice("ask", v, DETAILS))
            .collect(),
    }
}
