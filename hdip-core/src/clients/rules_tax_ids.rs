//! Indian tax numbers, by their form and check digit; states, by their names and GST codes.

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

/// The states and union territories.
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
];

/// The state of that name, letters or GST code; without case, `&` for `and`.
pub fn indian_state(text: &str) -> Option<&'static IndianState> {
    let key = super::fold(&text.replace('&', " and "));
    INDIAN_STATES.iter().find(|state| {
        state.name.to_lowercase() == key || state.letters.to_lowercase() == key || state.gst_code == key
    })
}

/// What is wrong with a tax number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxIdError {
    /// Stable word.
    pub code: &'static str,
    /// A sentence for a person.
    pub message: &'static str,
}

const fn wrong<T>(code: &'static str, message: &'static str) -> Result<T, TaxIdError> {
    Err(TaxIdError { code, message })
}

/// A PAN in capitals: five letters, the fourth of which says what kind of holder it is, four digits, a letter.
///
/// # Errors
/// `invalid_pan`.
pub fn pan(text: &str) -> Result<String, TaxIdError> {
    let pan = text.trim().to_ascii_uppercase();
    let form = pan.len() == 10
        && pan.bytes().enumerate().all(|(place, c)| match place {
            3 => b"ABCFGHJLPT".contains(&c),
            5..=8 => c.is_ascii_digit(),
            _ => c.is_ascii_uppercase(),
        });
    if form { Ok(pan) } else { wrong("invalid_pan", "must be a PAN such as AAPFU0939F") }
}

/// A GSTIN in capitals, and the state it is of: state code, PAN, number of the registration, `Z`, check digit.
///
/// # Errors
/// `invalid_gstin`; `unknown_gst_state`; `wrong_check_digit`.
pub fn gstin(text: &str) -> Result<(String, &'static IndianState), TaxIdError> {
    const FORM: &str = "must have 15 characters such as 27AAPFU0939F1ZV";
    let gstin = text.trim().to_ascii_uppercase();
    if gstin.len() != 15 || !gstin.bytes().all(|c| c.is_ascii_digit() || c.is_ascii_uppercase()) {
        return wrong("invalid_gstin", FORM);
    }
    let (code, rest) = gstin.split_at(2);
    let registration = rest.as_bytes()[10];
    if !code.bytes().all(|c| c.is_ascii_digit())
        || pan(&rest[..10]).is_err()
        || registration == b'0'
        || rest.as_bytes()[11] != b'Z'
    {
        return wrong("invalid_gstin", FORM);
    }
    let Some(state) = INDIAN_STATES.iter().find(|state| state.gst_code == code) else {
        return wrong("unknown_gst_state", "begins with digits that are the code of no state");
    };
    if check_digit(&gstin.as_bytes()[..14]) != gstin.as_bytes()[14] {
        return wrong(
            "wrong_check_digit",
            "has a last character that does not fit the others; is it misspelt?",
        );
    }
    Ok((gstin, state))
}

/// The PAN a GSTIN was given out for.
pub fn pan_of(gstin: &str) -> &str {
    gstin.get(2..12).unwrap_or_default()
}

/// The fifteenth character: digits to base 36, every second one doubled, both places of each product summed.
fn check_digit(first: &[u8]) -> u8 {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let value = |c: &u8| DIGITS.iter().position(|digit| digit == c).unwrap_or_default();
    let sum: usize = first
        .iter()
        .enumerate()
        .map(|(place, c)| value(c) * (1 + place % 2))
        .map(|product| product / 36 + product % 36)
        .sum();
    DIGITS[(36 - sum % 36) % 36]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_in_use_are_taken_in_any_case() {
        for (text, state) in [
            ("27AAPFU0939F1ZV", "Maharashtra"),
            (" 27aapfu0939f1zv ", "Maharashtra"),
            ("29AAGCB7383J1Z4", "Karnataka"),
        ] {
            let (gstin, found) = gstin(text).unwrap();
            assert_eq!((gstin.as_str(), found.name), (&*text.trim().to_uppercase(), state));
            assert_eq!(pan(pan_of(&gstin)).unwrap(), pan_of(&gstin));
        }
    }

    #[test]
    fn one_wrong_character_is_noticed_wherever_it_is() {
        const GSTIN: &str = "27AAPFU0939F1ZV";
        for place in 0..15 {
            for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars() {
                let mut text: Vec<char> = GSTIN.chars().collect();
                if text[place] != c {
                    text[place] = c;
                    let text: String = text.into_iter().collect();
                    assert!(gstin(&text).is_err(), "{text}");
                }
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let code = |text| gstin(text).unwrap_err().code;
        assert_eq!(code("27AAPFU0939F1ZW"), "wrong_check_digit");
        assert_eq!(code("99AAPFU0939F1ZV"), "unknown_gst_state");
        for text in
            ["", "27AAPFU0939F1Z", "27AAPFU0939F1ZVV", "27AAPFU0939F1YV", "27ÄAPFU0939F1Z", "२7AAPFU0939F1ZV"]
        {
            assert_eq!(code(text), "invalid_gstin", "{text}");
        }
    }

    #[test]
    fn a_pan_has_its_form() {
        assert_eq!(pan("aapfu0939f").unwrap(), "AAPFU0939F");
        for text in ["", "AAPXU0939F", "AAPFU0939", "AAPFU09391", "AAPFUO939F", "AAPFU0939FF", "ÄAPFU0939"] {
            assert_eq!(pan(text).unwrap_err().code, "invalid_pan", "{text}");
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
        assert_eq!(codes.len(), 36);
        assert!(codes.is_sorted());
    }
}
