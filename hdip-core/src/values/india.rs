//! Indian identifiers: PAN, GSTIN, IFSC and bank account numbers, checked by their form, not looked up.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// State codes of the GST law with their names, as place of supply names them.
pub const STATES: &[(&str, &str)] = &[
    ("01", "Jammu and Kashmir"),
    ("02", "Himachal Pradesh"),
    ("03", "Punjab"),
    ("04", "Chandigarh"),
    ("05", "Uttarakhand"),
    ("06", "Haryana"),
    ("07", "Delhi"),
    ("08", "Rajasthan"),
    ("09", "Uttar Pradesh"),
    ("10", "Bihar"),
    ("11", "Sikkim"),
    ("12", "Arunachal Pradesh"),
    ("13", "Nagaland"),
    ("14", "Manipur"),
    ("15", "Mizoram"),
    ("16", "Tripura"),
    ("17", "Meghalaya"),
    ("18", "Assam"),
    ("19", "West Bengal"),
    ("20", "Jharkhand"),
    ("21", "Odisha"),
    ("22", "Chhattisgarh"),
    ("23", "Madhya Pradesh"),
    ("24", "Gujarat"),
    ("26", "Dadra and Nagar Haveli and Daman and Diu"),
    ("27", "Maharashtra"),
    ("29", "Karnataka"),
    ("30", "Goa"),
    ("31", "Lakshadweep"),
    ("32", "Kerala"),
    ("33", "Tamil Nadu"),
    ("34", "Puducherry"),
    ("35", "Andaman and Nicobar Islands"),
    ("36", "Telangana"),
    ("37", "Andhra Pradesh"),
    ("38", "Ladakh"),
    ("97", "Other Territory"),
];

/// The name of a state by its code.
pub fn state_name(code: &str) -> Option<&'static str> {
    STATES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name)
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// As written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(identifier: $name) -> Self {
                identifier.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier! {
    /// A permanent account number: five letters, of which the fourth says what kind of holder, four digits, a
    /// letter. `Debug` shows its last four characters.
    Pan
}

identifier! {
    /// A goods and services tax identification number: state code, [`Pan`], number of the registration, `Z`, check
    /// digit.
    Gstin
}

identifier! {
    /// The code of a bank's branch: four letters, `0`, six letters or digits.
    Ifsc
}

identifier! {
    /// The number of an account at an Indian bank: 9 to 18 digits, not all zero. `Debug` shows the last four.
    AccountNumber
}

impl fmt::Debug for Pan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pan(…{})", last_four(&self.0))
    }
}
impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountNumber(…{})", last_four(&self.0))
    }
}
impl fmt::Debug for Gstin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gstin({})", self.0)
    }
}
impl fmt::Debug for Ifsc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ifsc({})", self.0)
    }
}

/// The last four characters, which is what may be shown of a sensitive number.
pub fn last_four(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(4);
    text.chars().skip(skip).collect()
}

/// In capitals, without the spaces people group it by.
fn compact(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

/// Whether each character is of its class: `A` a letter, `9` a digit, `*` either.
fn has_shape(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(c, class)| match class {
            b'A' => c.is_ascii_uppercase(),
            b'9' => c.is_ascii_digit(),
            _ => c.is_ascii_uppercase() || c.is_ascii_digit(),
        })
}

impl FromStr for Pan {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let pan = compact(text);
        if !has_shape(&pan, "AAAAA9999A") {
            return Err("must be a PAN: five letters, four digits, a letter, for example ABCPE1234F".into());
        }
        // Association, body of individuals, company, firm, government, undivided family, juridical person,
        // local authority, person, trust.
        if !b"ABCFGHJLPT".contains(&pan.as_bytes()[3]) {
            return Err("must be a PAN: its fourth letter names no kind of holder".into());
        }
        Ok(Self(pan))
    }
}

impl Gstin {
    /// Code of the state it is registered in.
    pub fn state_code(&self) -> &str {
        &self.0[..2]
    }

    /// Name of that state.
    pub fn state(&self) -> &'static str {
        state_name(self.state_code()).unwrap_or_default()
    }

    /// The PAN of its holder.
    pub fn pan(&self) -> Pan {
        Pan(self.0[2..12].to_owned())
    }
}

/// The check digit of the first 14 characters of a GSTIN: digits in base 36, weighted 1, 2, 1, 2, …, each
/// product's two base-36 digits added.
fn check_digit(first: &str) -> char {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = |c: u8| DIGITS.iter().position(|digit| *digit == c).unwrap_or_default();
    let sum: usize = (first.bytes().zip([1, 2].into_iter().cycle()))
        .map(|(c, weight)| value(c) * weight)
        .map(|product| product / 36 + product % 36)
        .sum();
    char::from(DIGITS[(36 - sum % 36) % 36])
}

impl FromStr for Gstin {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let gstin = compact(text);
        if !has_shape(&gstin, "99AAAAA9999A***") {
            return Err("must be a GSTIN of 15 characters, for example 29ABCPE1234F1Z7".into());
        }
        if gstin.as_bytes()[12] == b'0' || gstin.as_bytes()[13] != b'Z' {
            return Err("must be a GSTIN of 15 characters, of which the last but one is Z".into());
        }
        if state_name(&gstin[..2]).is_none() {
            return Err(format!("must be a GSTIN: {} is no state code", &gstin[..2]));
        }
        if let Err(wrong) = gstin[2..12].parse::<Pan>() {
            return Err(format!("must be a GSTIN: characters 3 to 12 {wrong}"));
        }
        if !gstin.ends_with(check_digit(&gstin[..14])) {
            return Err("must be a GSTIN: its check digit is wrong, so a character is mistyped".into());
        }
        Ok(Self(gstin))
    }
}

impl Ifsc {
    /// The bank's four letters.
    pub fn bank(&self) -> &str {
        &self.0[..4]
    }
}

impl FromStr for Ifsc {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let ifsc = compact(text);
        if has_shape(&ifsc, "AAAA9******") && ifsc.as_bytes()[4] == b'0' {
            Ok(Self(ifsc))
        } else {
            Err("must be an IFSC: four letters, a zero, six letters or digits, for example HDFC0001234"
                .into())
        }
    }
}

impl FromStr for AccountNumber {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let number: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = (9..=18).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if digits && number.bytes().any(|b| b != b'0') {
            Ok(Self(number))
        } else {
            Err("must be a bank account number of 9 to 18 digits".into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gstin_has_state_pan_and_check_digit() {
        // Published in the GST law's own examples and by the companies they belong to.
        for good in
            ["27AAPFU0939F1ZV", "29AAGCB7383J1Z4", "33AAACH7409R1Z8", "27aapfu0939f1zv", "27 AAPFU 0939F 1ZV"]
        {
            let gstin: Gstin = good.parse().unwrap_or_else(|wrong| panic!("{good} {wrong}"));
            assert_eq!(gstin.pan().as_str(), &gstin.as_str()[2..12]);
        }
        let gstin: Gstin = "27AAPFU0939F1ZV".parse().unwrap();
        assert_eq!((gstin.state_code(), gstin.state()), ("27", "Maharashtra"));
        for bad in [
            "",
            "27AAPFU0939F1Z",
            "27AAPFU0939F1ZVX",
            "27AAPFU0939F1ZW",
            "27AAPFU0939F0ZV",
            "27AAPFU0939F1AV",
            "00AAPFU0939F1ZV",
            "39AAPFU0939F1ZV",
            "2XAAPFU0939F1ZV",
            "27AAPXU0939F1ZV",
            "27AAPFU0939F1Zé",
        ] {
            assert!(bad.parse::<Gstin>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_mistyped_character_of_a_gstin_is_noticed() {
        let good = "27AAPFU0939F1ZV";
        for place in 0..15 {
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
                let typed: String =
                    good.chars().enumerate().map(|(i, c)| if i == place { other } else { c }).collect();
                assert_eq!(typed.parse::<Gstin>().is_ok(), typed == good, "{typed}");
            }
        }
    }

    #[test]
    fn pan_ifsc_and_account_are_known_by_their_form() {
        assert_eq!("abcpe 1234f".parse::<Pan>().unwrap().as_str(), "ABCPE1234F");
        for bad in ["", "ABCPE1234", "ABCPE12345", "ABCXE1234F", "ABCPE1234FF", "ABCPÉ1234F"] {
            assert!(bad.parse::<Pan>().is_err(), "{bad}");
        }
        assert_eq!("hdfc0001234".parse::<Ifsc>().unwrap().bank(), "HDFC");
        for bad in ["", "HDFC1001234", "HDF00001234", "HDFC000123", "HDFC00012345", "HDFC0 00123é"] {
            assert!(bad.parse::<Ifsc>().is_err(), "{bad}");
        }
        assert_eq!("5010 0012-3456 78".parse::<AccountNumber>().unwrap().as_str(), "50100012345678");
        for bad in ["", "12345678", "1234567890123456789", "000000000", "12345678A"] {
            assert!(bad.parse::<AccountNumber>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_sensitive_is_not_printed() {
        let pan: Pan = "ABCPE1234F".parse().unwrap();
        let account: AccountNumber = "50100012345678".parse().unwrap();
        assert_eq!(format!("{pan:?} {account:?}"), "Pan(…234F) AccountNumber(…5678)");
        assert_eq!(last_four("12"), "12");
    }
}
