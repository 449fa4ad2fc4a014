//! The words jobs and interviewers are matched by: what a fresh operator begins with, and the catalogue the
//! operator makes of it. Pure; the use cases are in `catalogue_edit`.

use crate::ports::storage::entity;
use crate::values::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// The operator's specialisations as (slug, name), in the order pickers show them.
pub const SPECIALISATIONS: &[(&str, &str)] = &[
    ("frontend", "Frontend"),
    ("backend", "Backend"),
    ("full_stack", "Full stack"),
    ("ai_ml", "AI/ML"),
    ("devops", "DevOps"),
    ("data_engineering", "Data engineering"),
    ("testing", "Testing"),
    ("android", "Android"),
    ("ios", "iOS"),
    ("mobile", "Mobile"),
    ("flutter", "Flutter"),
    ("database", "Database"),
    ("cloud", "Cloud"),
    ("mobile_flutter", "Mobile (Flutter)"),
    ("mobile_react_native", "Mobile (React Native)"),
];

/// Other names of these.
const SPECIALISATION_ALIASES: &[(&str, &[&str])] = &[
    ("frontend", &["ui development"]),
    ("backend", &["server side"]),
    ("full_stack", &["full stack development"]),
    ("ai_ml", &["artificial intelligence", "machine learning", "data science"]),
    ("devops", &["sre", "site reliability"]),
    ("data_engineering", &["data engineer", "big data"]),
    ("testing", &["qa", "quality assurance", "test automation"]),
    ("android", &["android development"]),
    ("ios", &["ios development"]),
    ("database", &["dba", "databases"]),
    ("cloud", &["cloud engineering"]),
    ("mobile_react_native", &["react native"]),
];

/// Spellings of one skill: its key, then others, each without spaces, dots, dashes, underscores and slashes.
const ALIASES: &[(&str, &[&str])] = &[
    (".net", &["net", "dotnet", "netcore", "dotnetcore"]),
    ("angular", &["angularjs"]),
    ("asp.net", &["aspnet", "aspnetcore"]),
    ("aws", &["amazonwebservices", "amazonaws"]),
    ("azure", &["microsoftazure", "msazure"]),
    ("c#", &["csharp"]),
    ("c++", &["cpp", "cplusplus"]),
    ("ci/cd", &["cicd"]),
    ("css", &["css3"]),
    ("elasticsearch", &["elastic"]),
    ("express", &["expressjs"]),
    ("gcp", &["googlecloud", "googlecloudplatform"]),
    ("go", &["golang"]),
    ("html", &["html5"]),
    ("javascript", &["js", "ecmascript", "es6"]),
    ("kafka", &["apachekafka"]),
    ("kubernetes", &["k8s"]),
    ("machine learning", &["ml", "machinelearning"]),
    ("mongodb", &["mongo"]),
    ("mysql", &["mysqldb"]),
    ("next.js", &["nextjs"]),
    ("node.js", &["node", "nodejs"]),
    ("objective-c", &["objectivec", "objc"]),
    ("postgresql", &["postgres", "postgresdb", "psql", "pgsql"]),
    ("python", &["py", "python3"]),
    ("rabbitmq", &["rabbit"]),
    ("react", &["reactjs"]),
    ("react native", &["reactnative"]),
    ("rest", &["restapi", "restapis", "restful", "restfulapi"]),
    ("ruby on rails", &["rails", "ror", "rubyonrails"]),
    ("rust", &["rustlang"]),
    ("spark", &["apachespark"]),
    ("spring boot", &["springboot"]),
    ("sql server", &["mssql", "sqlserver", "microsoftsqlserver"]),
    ("typescript", &["ts"]),
    ("vue", &["vuejs"]),
];

/// One of the two lists of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueKind {
    /// What jobs are about, and interviewers are certified in.
    Specialisations,
    /// What candidates must know.
    Skills,
}

impl CatalogueKind {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Specialisations => "specialisations",
            Self::Skills => "skills",
        }
    }

    /// Entries it may have.
    pub const fn limit(self) -> usize {
        match self {
            Self::Specialisations => 200,
            Self::Skills => 3_000,
        }
    }
}

impl fmt::Display for CatalogueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueEntry {
    /// What records hold; never changes.
    pub key: String,
    /// For people.
    pub name: String,
    /// Other spellings.
    pub aliases: BTreeSet<String>,
    /// Since when nothing new may name it.
    pub retired_at: Option<Timestamp>,
}

impl CatalogueEntry {
    fn new(key: &str, name: &str, aliases: &[&str]) -> Self {
        let aliases = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        Self { key: key.into(), name: name.into(), aliases, retired_at: None }
    }

    /// Everything it is known by, folded.
    pub fn spellings(&self) -> BTreeSet<String> {
        let own = [&self.key, &self.name].into_iter();
        own.chain(&self.aliases)
            .map(|spelling| fold(spelling))
            .filter(|spelling| !spelling.is_empty())
            .collect()
    }
}

/// One list of words, as the operator has it: one record, so that no spelling has two entries, whoever edits at the
/// same time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Catalogue {
    /// Which.
    pub id: CatalogueKind,
    /// In the order pickers show them.
    pub entries: Vec<CatalogueEntry>,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Record version; 0 for the one a fresh operator begins with.
    pub version: i64,
}
entity!(Catalogue, Catalogues, "catalogue");

impl Catalogue {
    /// What a fresh operator begins with.
    pub fn built_in(kind: CatalogueKind) -> Self {
        let entries = match kind {
            CatalogueKind::Specialisations => (SPECIALISATIONS.iter())
                .map(|(slug, name)| {
                    let aliases = SPECIALISATION_ALIASES.iter().find(|(known, _)| known == slug);
                    CatalogueEntry::new(slug, name, aliases.map_or(&[], |(_, aliases)| aliases))
                })
                .collect(),
            CatalogueKind::Skills => {
                ALIASES.iter().map(|(key, aliases)| CatalogueEntry::new(key, key, aliases)).collect()
            }
        };
        Self { id: kind, entries, updated_at: Timestamp::UNIX_EPOCH, version: 0 }
    }

    /// The entry of that key.
    pub fn entry(&self, key: &str) -> Option<&CatalogueEntry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    /// The entry with that spelling.
    pub fn find(&self, text: &str) -> Option<&CatalogueEntry> {
        let folded = fold(text);
        let hit = |entry: &&CatalogueEntry| {
            let own = [&entry.key, &entry.name].into_iter();
            own.chain(&entry.aliases).any(|spelling| fold(spelling) == folded)
        };
        if folded.is_empty() { None } else { self.entries.iter().find(hit) }
    }

    /// Another entry's spelling among `entry`'s, with the key of that other one.
    pub fn clash(&self, entry: &CatalogueEntry) -> Option<(String, &str)> {
        let wanted = entry.spellings();
        self.entries.iter().filter(|other| other.key != entry.key).find_map(|other| {
            let taken = other.spellings();
            wanted.intersection(&taken).next().map(|spelling| (spelling.clone(), &*other.key))
        })
    }
}

/// Both catalogues: what jobs, interviewers and applicants are entered with.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// Specialisations.
    pub specialisations: Catalogue,
    /// Skills.
    pub skills: Catalogue,
}

impl Words {
    /// What a fresh operator begins with.
    pub fn built_in() -> Self {
        Self {
            specialisations: Catalogue::built_in(CatalogueKind::Specialisations),
            skills: Catalogue::built_in(CatalogueKind::Skills),
        }
    }

    /// The slug of a specialisation named by any of its spellings; complains about `field` when there is none, or
    /// only a retired one that is not among those held already.
    pub fn specialisation(
        &self,
        fields: &mut Fields,
        field: &str,
        text: &str,
        held: impl Fn(&str) -> bool,
    ) -> Option<String> {
        let found = self.specialisations.find(text);
        let Some(entry) = found else {
            let message = "must be one of the catalogue, for example backend";
            fields.wrong(field, "unknown_specialisation", message);
            return None;
        };
        if entry.retired_at.is_some() && !held(&entry.key) {
            fields.wrong(field, "retired_specialisation", "is no longer offered");
            return None;
        }
        Some(entry.key.clone())
    }

    /// The form skills are compared in: the catalogue's key for any of its spellings (`JS`, `Java Script` and
    /// `javascript` are one), else in lower case with single spaces.
    pub fn skill_key(&self, skill: &str) -> String {
        match self.skills.find(skill) {
            Some(entry) => entry.key.clone(),
            None => plain_key(skill),
        }
    }
}

/// [`Words::skill_key`] of the words a fresh operator begins with.
pub fn skill_key(skill: &str) -> String {
    Words::built_in().skill_key(skill)
}

/// A skill no catalogue knows, in the form it is compared in.
pub(crate) fn plain_key(skill: &str) -> String {
    let lower = skill.to_lowercase();
    lower.split([' ', '\t', '_', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The form spellings are compared in: lower case, without spaces, brackets and the marks people leave out.
pub fn fold(text: &str) -> String {
    let kept = |c: &char| !c.is_whitespace() && !matches!(c, '.' | '-' | '_' | '/' | '(' | ')');
    text.chars().filter(kept).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_skill_have_one_key() {
        for (key, spellings) in [
            ("javascript", &["JS", "js", "JavaScript", "Java Script", "ECMAScript"][..]),
            ("kubernetes", &["k8s", "Kubernetes"]),
            ("postgresql", &["Postgres", "PostgreSQL", "psql"]),
            ("go", &["golang", "Go"]),
            ("react", &["ReactJS", "React.js", "react"]),
            ("react native", &["React-Native", "reactnative"]),
            ("node.js", &["node", "NodeJS", "Node.js", "node js"]),
            ("c++", &["C++", "cpp"]),
            ("c#", &["C#", "CSharp"]),
            (".net", &[".NET", "dotnet", ".NET Core"]),
            ("ci/cd", &["CI/CD", "ci cd"]),
            ("data modelling", &["Data  Modelling", "data-modelling", "data_modelling"]),
            ("c", &["C"]),
            ("java", &["Java"]),
        ] {
            for spelling in spellings {
                assert_eq!(skill_key(spelling), key, "{spelling:?}");
            }
        }
    }

    #[test]
    fn keys_are_their_own_keys_and_no_spelling_has_two() {
        for kind in [CatalogueKind::Specialisations, CatalogueKind::Skills] {
            let catalogue = Catalogue::built_in(kind);
            for entry in &catalogue.entries {
                assert_eq!(catalogue.clash(entry), None, "{}", entry.key);
                assert_eq!(catalogue.find(&entry.key).map(|found| &*found.key), Some(&*entry.key));
            }
        }
    }

    #[test]
    fn specialisations_are_known_by_any_of_their_names() {
        let words = Words::built_in();
        let slug = |text: &str| words.specialisation(&mut Fields::new(), "x", text, |_| false);
        for (key, spellings) in [
            ("full_stack", &["full_stack", "Full stack", "full-stack", "FULLSTACK"][..]),
            ("ai_ml", &["AI/ML", "ai ml", "Machine Learning"]),
            ("mobile_flutter", &["Mobile (Flutter)", "mobile flutter"]),
            ("flutter", &["Flutter"]),
            ("testing", &["QA"]),
        ] {
            for spelling in spellings {
                assert_eq!(slug(spelling).as_deref(), Some(key), "{spelling}");
            }
        }
        for unknown in ["", " - ", "magic", "rocket science"] {
            assert_eq!(slug(unknown), None, "{unknown}");
        }
    }
}
