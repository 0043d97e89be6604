//! Lists the functions that need ciphers and keys: what the feature `crypto` is for. Without it they are in
//! the table all the same, so that templates which name them still parse; a call fails.

#[cfg(feature = "crypto")]
use super::{certs, ciphers};
use gostd::value::Type;
use gotemplate::func::{FuncDef, def};

/// The Go type of what `genCA` returns.
const CERT: Type = Type::Named("sprig.certificate");

/// The function if the feature is there.
#[cfg(feature = "crypto")]
macro_rules! crypto {
    ($function:path) => {
        $function
    };
}

#[cfg(not(feature = "crypto"))]
macro_rules! crypto {
    ($function:path) => {
        missing::function
    };
}

/// The rows of this subject.
pub(super) const TABLE: &[FuncDef] = &[
    def("bcrypt", &[Type::String], crypto!(ciphers::bcrypt)).nonhermetic(),
    def("buildCustomCert", &[Type::String, Type::String], crypto!(certs::build_custom_cert)),
    def("decryptAES", &[Type::String, Type::String], crypto!(ciphers::decrypt_aes)),
    def(
        "derivePassword",
        &[Type::Uint32, Type::String, Type::String, Type::String, Type::String],
        crypto!(ciphers::derive_password),
    ),
    def("encryptAES", &[Type::String, Type::String], crypto!(ciphers::encrypt_aes)).nonhermetic(),
    def("genCA", &[Type::String, Type::Int], crypto!(certs::gen_ca)).nonhermetic(),
    def("genCAWithKey", &[Type::String, Type::Int, Type::String], crypto!(certs::gen_ca))
        .nonhermetic(),
    def("genPrivateKey", &[Type::String], crypto!(ciphers::gen_private_key)).nonhermetic(),
    def(
        "genSelfSignedCert",
        &[Type::String, Type::List, Type::List, Type::Int],
        crypto!(certs::gen_self_signed),
    )
    .nonhermetic(),
    def(
        "genSelfSignedCertWithKey",
        &[Type::String, Type::List, Type::List, Type::Int, Type::String],
        crypto!(certs::gen_self_signed),
    )
    .nonhermetic(),
    def(
        "genSignedCert",
        &[Type::String, Type::List, Type::List, Type::Int, CERT],
        crypto!(certs::gen_signed),
    )
    .nonhermetic(),
    def(
        "genSignedCertWithKey",
        &[Type::String, Type::List, Type::List, Type::Int, CERT, Type::String],
        crypto!(certs::gen_signed),
    )
    .nonhermetic(),
    def("htpasswd", &[Type::String, Type::String], crypto!(ciphers::htpasswd)).nonhermetic(),
];

#[cfg(not(feature = "crypto"))]
mod missing {
    use std::fmt;

    use gostd::value::Value;
    use gotemplate::func::{FuncError, FuncResult, Host};

    /// The crate was built without the feature that a function needs.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct MissingFeature(&'static str);

    impl fmt::Display for MissingFeature {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "built without the feature {}", self.0)
        }
    }

    impl std::error::Error for MissingFeature {}

    /// Stands for every function of the feature.
    pub(super) fn function(_: &mut dyn Host, _: &[Value]) -> FuncResult {
        Err(FuncError::cause(MissingFeature("crypto")))
    }

    #[cfg(test)]
    mod tests {
        use crate::test_host::TestHost;

        #[test]
        fn every_function_is_there_and_fails() {
            for def in super::super::TABLE {
                let error = (def.call)(&mut TestHost, &[]).unwrap_err();
                assert_eq!(error.to_bytes(), b"built without the feature crypto", "{}", def.name);
            }
        }
    }
}
