//! `classify` on a few messages written for it: the whole way from JSON lines to answers. No measure of quality: that
//! needs far more mail than belongs here (docs/classification.md).
#![allow(missing_docs)]

use restante::classify::Classifier;
use restante::classify::Popular;
use restante::classify::organisations_from_csv;
use restante::cli::classify::lines::names_of;
use restante::cli::classify::lines::run;
use serde_json::Value;
use serde_json::json;

const DIRECTORY: &str = "domain,name,country,language,contact\n\
    army.mil,US Army,US,en,\nus.army.mil,US Army,US,en,\nimpots.gouv.fr,DGFiP,FR,fr,\n";

#[test]
fn messages_written_for_it_are_understood() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/classification/");
    let cases: Vec<Value> = include_str!("classification/cases.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let input: String = cases
        .iter()
        .map(|case| {
            let mut line = case.clone();
            line["eml"] = json!(format!("{folder}{}", case["eml"].as_str().unwrap()));
            format!("{line}\n")
        })
        .collect();
    let mut output = Vec::new();
    let organisations = organisations_from_csv(DIRECTORY).unwrap();
    let names = names_of(&organisations);
    let good = run(
        &Classifier::new(&[], organisations, &Popular::shipped()),
        &names,
        input.as_bytes(),
        &mut output,
    )
    .unwrap();
    assert!(good);
    let answers: Vec<Value> = String::from_utf8(output)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(answers.len(), cases.len());
    for (case, answer) in cases.iter().zip(&answers) {
        let file = &case["eml"];
        for field in ["typed", "intended", "verdict", "language"] {
            assert_eq!(answer[field], case[field], "{field} of {file}: {answer}");
        }
        let labels = answer["sensitivity"].as_array().unwrap();
        for label in case["has"].as_array().unwrap() {
            assert!(labels.contains(label), "{label} of {file}: {labels:?}");
        }
    }
}
