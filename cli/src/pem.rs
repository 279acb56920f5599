//! Certificates in files.

use std::path::Path;

use deskconn_protocol::pin::Pin;
use wamp_transport::tls::{public_key, read_certificates};

use crate::error::{CliError, chain};

/// By what the first certificate in a PEM file is known.
///
/// # Errors
///
/// If the file can not be read or holds none.
pub(crate) fn pin(file: &Path) -> Result<Pin, CliError> {
    let certificates = read_certificates(file)
        .map_err(|error| CliError::failed(chain(&error)).hint(error.hint()))?;
    let unusable = |error: &dyn std::fmt::Display| {
        CliError::failed(format!(
            "the certificate in {} can not be used: {error}",
            file.display()
        ))
        .hint("make one of version 3, as `openssl req -x509` does")
    };
    let first = certificates
        .first()
        .ok_or_else(|| unusable(&"there is none"))?;
    public_key(first).map(Pin).map_err(|error| unusable(&error))
}
