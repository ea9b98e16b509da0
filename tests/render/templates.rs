//! The organiser's own copies: one wins over what is compiled in, and a fault in one is named.

use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

fn fault(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let error = Renderer::new(Some(folder.path())).unwrap_err();
    let root = folder.path().display().to_string();
    error.to_string().replace(&root, "OWN")
}

#[test]
fn a_copy_wins() {
    let folder = folder(&[(
        "fr/confirmed/subject.txt.j2",
        "Bienvenue à {{ s.name }} !\n",
    )]);
    let renderer = Renderer::new(Some(folder.path())).unwrap();
    let letter = Letter::Reply(Box::new(sample(Language::Fr, "confirmed")));
    let rendered = renderer.render(&letter, stamp()).unwrap();
    assert_eq!(
        rendered.subject,
        "Bienvenue à Monter un projet (niveau 2) !"
    );
    std::fs::remove_dir_all(folder.path()).unwrap(); // they were read once, at start
    assert_eq!(renderer.render(&letter, stamp()).unwrap(), rendered);
}

#[test]
fn a_copy_may_bring_files_of_its_own() {
    let folder = folder(&[
        ("fr/own.j2", "{% macro hello() %}Salut{% endmacro %}"),
        (
            "fr/full/subject.txt.j2",
            "{% import \"fr/own.j2\" as own %}{{ own.hello() }}, complet",
        ),
    ]);
    let renderer = Renderer::new(Some(folder.path())).unwrap();
    let letter = Letter::Reply(Box::new(sample(Language::Fr, "full")));
    assert_eq!(
        renderer.render(&letter, stamp()).unwrap().subject,
        "Salut, complet"
    );
}

#[test]
fn a_fault_names_file_and_line() {
    let unclosed = fault(&[("fr/late/body.txt.j2", "Bonjour\n{% if o %}\n")]);
    assert!(
        unclosed.starts_with("OWN/fr/late/body.txt.j2:"),
        "{unclosed}"
    );
    let misspelt = fault(&[("fr/late/body.txt.j2", "Bonjour\n\n{{ letter.nom }}\n")]);
    assert!(
        misspelt.starts_with("OWN/fr/late/body.txt.j2:3: "),
        "{misspelt}"
    );
    assert!(misspelt.contains("undefined"), "{misspelt}");
    let filter = fault(&[(
        "en/digest/body.txt.j2",
        "{{ digest.day.date | majuscules }}",
    )]);
    assert!(
        filter.starts_with("OWN/en/digest/body.txt.j2:1: "),
        "{filter}"
    );
    let whole = include_str!("../../templates/fr/sentences.j2");
    let broken = whole.replacen(
        "{{ letter.organisation }} – inscriptions",
        "{{ letter.oops }}",
        1,
    );
    let line = 1 + broken.lines().position(|l| l.contains("oops")).unwrap();
    let shared = fault(&[("fr/sentences.j2", &broken)]);
    assert!(
        shared.starts_with(&format!("OWN/fr/sentences.j2:{line}: ")),
        "{shared}"
    );
}

#[test]
fn a_copy_that_nothing_uses_is_refused() {
    let unused = fault(&[("fr/confirmd/body.txt.j2", "Bonjour")]);
    assert!(
        unused.starts_with("OWN/fr/confirmd/body.txt.j2: no template has this name"),
        "{unused}"
    );
}

#[test]
fn a_folder_that_is_not_there_is_an_error() {
    let error = Renderer::new(Some(std::path::Path::new("/nonexistent/templates"))).unwrap_err();
    assert!(error.to_string().contains("/nonexistent/templates"));
}

#[test]
fn an_error_about_a_letter_tells_no_value() {
    let folder = folder(&[(
        "fr/confirmed/subject.txt.j2",
        "{% if letter.name == \"Anne Exemple\" or letter.name == \"\" %}ok{% else %}{{ letter.name[letter.name] + 1 + letter.mailbox }}{{ letter.oops }}{% endif %}",
    )]);
    // the samples do not reach the fault, a real letter does
    let renderer = match Renderer::new(Some(folder.path())) {
        Ok(renderer) => renderer,
        Err(error) => panic!("{error}"),
    };
    let mut reply = sample(Language::Fr, "confirmed");
    reply.outcomes[0].name = "Secrète Personne".to_owned();
    let error = renderer
        .render(&Letter::Reply(Box::new(reply)), stamp())
        .unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("subject.txt.j2"), "{shown}");
    assert!(
        !shown.contains("Secrète") && !shown.contains("formations@"),
        "{shown}"
    );
}
