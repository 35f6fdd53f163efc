//! The TLS pair: loaded, or made when there is none, and changed while we run.
//!
//! TLS on port 25 is opportunistic (RFC 7435, RFC 3207): a self-signed certificate keeps listeners out as well as any
//! other, and without one the mail would come in the clear. rustls with ring; TLS 1.2 and 1.3.

use crate::message::Domain;
use crate::smtp::options::TlsFiles;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;
use tokio_rustls::TlsAcceptor;
use zeroize::Zeroizing;

/// The pair in use.
pub struct Tls {
    files: TlsFiles,
    hostname: Domain,
    config: RwLock<Arc<ServerConfig>>,
}

/// Why there is no pair.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds no PEM of the kind that is wanted.
    #[error("{path}: no usable PEM {wanted} in it", path = path.display())]
    Pem {
        /// Which.
        path: PathBuf,
        /// `certificate` or `private key`.
        wanted: &'static str,
    },
    /// Certificate and key do not go together, or are of a kind that rustls does not take.
    #[error("the TLS certificate and key cannot be used together: {0}")]
    Pair(#[from] rustls::Error),
    /// No pair could be made.
    #[error("no self-signed certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
}

impl Tls {
    /// Loads the pair; a self-signed one is made first where it is missing.
    ///
    /// # Errors
    /// [`TlsError`], naming the file.
    pub fn load(files: TlsFiles, hostname: &Domain) -> Result<Arc<Self>, TlsError> {
        let config = read(&files, hostname)?;
        Ok(Arc::new(Self {
            files,
            hostname: hostname.clone(),
            config: RwLock::new(config),
        }))
    }

    /// Reads the files again; sessions that begin TLS from now on use what they hold. Sessions under way go on.
    ///
    /// # Errors
    /// [`TlsError`]; the pair in use stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = read(&self.files, &self.hostname)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

fn read(files: &TlsFiles, hostname: &Domain) -> Result<Arc<ServerConfig>, TlsError> {
    let [certificate, key] = files.paths();
    if matches!(files, TlsFiles::SelfSigned { .. }) && !(certificate.exists() && key.exists()) {
        make(&certificate, &key, hostname)?;
    }
    configure(&certificate, &key)
}

fn configure(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(&bytes(certificate)?)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| no_pem(certificate, "certificate"))?;
    let secret =
        PrivateKeyDer::from_pem_slice(&bytes(key)?).map_err(|_| no_pem(key, "private key"))?;
    // The provider is named rather than taken from the process: another crate may bring a second one.
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, secret)?;
    Ok(Arc::new(config))
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
    fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| file(path, source))
}

fn make(certificate: &Path, key: &Path, hostname: &Domain) -> Result<(), TlsError> {
    let made = rcgen::generate_simple_self_signed([hostname.to_string()])?;
    let secret = Zeroizing::new(made.signing_key.serialize_pem());
    write(key, secret.as_bytes(), 0o600)?;
    write(certificate, made.cert.pem().as_bytes(), 0o644)
}

/// Writes beside the place and renames, so that neither a crash nor a reader meets half a file.
fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), TlsError> {
    let fresh = path.with_extension("pem.new");
    let written = remove(&fresh)
        .and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(&fresh)
        })
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&fresh, path));
    written.map_err(|source| file(path, source))
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn file(path: &Path, source: io::Error) -> TlsError {
    let path = path.to_owned();
    TlsError::File { path, source }
}

fn no_pem(path: &Path, wanted: &'static str) -> TlsError {
    let path = path.to_owned();
    TlsError::Pem { path, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn hostname() -> Domain {
        Domain::parse("mx.nic.ml").unwrap()
    }

    #[test]
    fn a_pair_is_made_once_and_its_key_is_for_us_alone() {
        let directory = tempfile::tempdir().unwrap();
        let files = TlsFiles::SelfSigned {
            directory: directory.path().to_owned(),
        };
        Tls::load(files.clone(), &hostname()).unwrap();
        let key = directory.path().join("tls-key.pem");
        let mode = fs::metadata(&key).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let first = fs::read(&key).unwrap();
        Tls::load(files, &hostname()).unwrap();
        assert_eq!(fs::read(&key).unwrap(), first);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_reload_that_fails_changes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = TlsFiles::SelfSigned {
            directory: directory.path().to_owned(),
        };
        let tls = Tls::load(files, &hostname()).unwrap();
        let before = Arc::clone(tls.acceptor().config());
        fs::write(directory.path().join("tls-certificate.pem"), "no").unwrap();
        assert!(tls.reload().is_err());
        assert!(Arc::ptr_eq(&before, tls.acceptor().config()));
        fs::remove_file(directory.path().join("tls-certificate.pem")).unwrap();
        tls.reload().unwrap();
        assert!(!Arc::ptr_eq(&before, tls.acceptor().config()));
    }

    #[test]
    fn errors_name_the_file_and_the_kind() {
        let directory = tempfile::tempdir().unwrap();
        let certificate = directory.path().join("c.pem");
        let key = directory.path().join("k.pem");
        let load = || {
            let files = TlsFiles::Given {
                certificate: certificate.clone(),
                key: key.clone(),
            };
            Tls::load(files, &hostname())
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default()
        };
        assert!(load().contains("c.pem"));
        fs::write(&certificate, "").unwrap();
        assert!(load().contains("no usable PEM certificate"));
        let made = rcgen::generate_simple_self_signed(["mx.nic.ml".to_owned()]).unwrap();
        fs::write(&certificate, made.cert.pem()).unwrap();
        fs::write(&key, "").unwrap();
        assert!(load().contains("no usable PEM private key"));
        let other = rcgen::generate_simple_self_signed(["mx.nic.ml".to_owned()]).unwrap();
        fs::write(&key, other.signing_key.serialize_pem()).unwrap();
        assert!(load().contains("cannot be used together"));
    }
}
