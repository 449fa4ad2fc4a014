//! The words jobs and interviewers are matched by.

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

/// Whether a slug is in [`SPECIALISATIONS`].
pub fn is_specialisation(slug: &str) -> bool {
    SPECIALISATIONS.iter().any(|(known, _)| *known == slug)
}

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

/// The form skills are compared in: lower case, single spaces, one spelling per skill
/// (`JS`, `Java Script` and `javascript` are one).
pub fn skill_key(skill: &str) -> String {
    let lower = skill.to_lowercase();
    let compact: String =
        lower.chars().filter(|c| !c.is_whitespace() && !matches!(c, '.' | '-' | '_' | '/')).collect();
    let known = ALIASES.iter().find(|(key, others)| others.contains(&&*compact) || squeezed(key) == compact);
    match known {
        Some((key, _)) => (*key).to_owned(),
        None => {
            lower.split([' ', '\t', '_', '-']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        }
    }
}

fn squeezed(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '/')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

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
        let mut seen = BTreeSet::new();
        for (key, others) in ALIASES {
            assert_eq!(skill_key(key), *key);
            for other in *others {
                assert!(seen.insert(*other), "{other} is in two rows");
            }
        }
    }

    #[test]
    fn slugs_are_distinct() {
        let slugs: BTreeSet<_> = SPECIALISATIONS.iter().map(|(slug, _)| slug).collect();
        assert_eq!(slugs.len(), SPECIALISATIONS.len());
        assert!(is_specialisation("mobile_flutter") && !is_specialisation("Backend"));
    }
}
