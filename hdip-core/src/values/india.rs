//! Indian identifiers: PAN, GSTIN, IFSC and bank account numbers, checked by their form, not looked up.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A state or union territory of India.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndianState {
    /// The two digits in front of its GSTINs.
    pub gst_code: &'static str,
    /// Its letters on number plates and in ISO 3166-2.
    pub letters: &'static str,
    /// Name.
    pub name: &'static str,
}

macro_rules! states {
    ($($gst_code:literal $letters:literal $name:literal;)*) => {
        &[$(IndianState { gst_code: $gst_code, letters: $letters, name: $name }),*]
    };
}

/// The states and union territories, and the code for what lies outside of them (GST law).
pub const INDIAN_STATES: &[IndianState] = states![
    "01" "JK" "Jammu and Kashmir";
    "02" "HP" "Himachal Pradesh";
    "03" "PB" "Punjab";
    "04" "CH" "Chandigarh";
    "05" "UK" "Uttarakhand";
    "06" "HR" "Haryana";
    "07" "DL" "Delhi";
    "08" "RJ" "Rajasthan";
    "09" "UP" "Uttar Pradesh";
    "10" "BR" "Bihar";
    "11" "SK" "Sikkim";
    "12" "AR" "Arunachal Pradesh";
    "13" "NL" "Nagaland";
    "14" "MN" "Manipur";
    "15" "MZ" "Mizoram";
    "16" "TR" "Tripura";
    "17" "ML" "Meghalaya";
    "18" "AS" "Assam";
    "19" "WB" "West Bengal";
    "20" "JH" "Jharkhand";
    "21" "OD" "Odisha";
    "22" "CG" "Chhattisgarh";
    "23" "MP" "Madhya Pradesh";
    "24" "GJ" "Gujarat";
    "26" "DH" "Dadra and Nagar Haveli and Daman and Diu";
    "27" "MH" "Maharashtra";
    "29" "KA" "Karnataka";
    "30" "GA" "Goa";
    "31" "LD" "Lakshadweep";
    "32" "KL" "Kerala";
    "33" "TN" "Tamil Nadu";
    "34" "PY" "Puducherry";
    "35" "AN" "Andaman and Nicobar Islands";
    "36" "TS" "Telangana";
    "37" "AP" "Andhra Pradesh";
    "38" "LA" "Ladakh";
    "97" "OT" "Other Territory";
];

/// The state of that name, letters or GST code; without case, `&` for `and`.
pub fn indian_state(text: &str) -> Option<&'static IndianState> {
    let text = text.replace('&', " and ").to_lowercase();
    let key = text.split_whitespace().collect::<Vec<_>>().join(" ");
    INDIAN_STATES.iter().find(|state| {
        state.name.to_lowercase() == key || state.letters.to_lowercase() == key || state.gst_code == key
    })
}

fn state_of(gst_code: &str) -> Option<&'static IndianState> {
    INDIAN_STATES.iter().find(|state| state.gst_code == gst_code)
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
        state_of(self.state_code()).map_or("", |state| state.name)
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
        if state_of(&gstin[..2]).is_none() {
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
    fn a_state_is_known_by_name_letters_and_code() {
        for text in ["Jammu & Kashmir", "jammu  and kashmir", "JK", "jk", "01"] {
            assert_eq!(indian_state(text).map(|state| state.gst_code), Some("01"), "{text}");
        }
        assert_eq!(indian_state("Bavaria"), None);
        let mut codes: Vec<_> = INDIAN_STATES.iter().map(|state| state.gst_code).collect();
        codes.dedup();
        assert_eq!(codes.len(), 37);
        assert!(codes.is_sorted());
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
