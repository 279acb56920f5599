//! The desktop's portal: whoever sits there is asked once, and the compositor takes what is done as from devices
//! (`org.freedesktop.portal.RemoteDesktop`, libei).

mod hands;
mod session;
mod token;

use std::path::PathBuf;
use std::time::Duration;

use deskconn_component::Unavailable;
use deskconn_desktop::Buses;
use deskconn_desktop::portal::{self, PortalError};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::Wanted;
use crate::device::Device;
use hands::Hands;
use token::Token;

/// How long who calls waits for the desktop. Answering its question takes longer: they try again.
const PATIENCE: Duration = Duration::from_secs(2);

/// The way through the portal.
#[derive(Debug)]
pub(crate) struct Portal {
    wanted: Wanted,
    token: Token,
    asking: Mutex<Asking>,
}

/// What has come of asking the desktop.
#[derive(Debug, Default)]
struct Asking {
    /// The desktop is being asked.
    question: JoinSet<Result<Hands, PortalError>>,
    /// Whoever sits there said no. They are not asked again until the component is started again, so that
    /// no device can pester them.
    refused: bool,
}

impl Portal {
    /// A way to what is `wanted`; what the desktop lets come back without a question is kept in `folder`.
    pub(crate) fn new(wanted: Wanted, folder: PathBuf) -> Self {
        Self {
            wanted,
            token: Token::new(folder),
            asking: Mutex::default(),
        }
    }

    /// Whether there is a portal to ask.
    pub(crate) async fn is_offered(&self, buses: &Buses) -> bool {
        match buses.session().await {
            Ok(bus) => portal::is_offered(&bus).await,
            Err(_) => false,
        }
    }

    /// Opens the devices. Only if it `may_ask`, a question comes up on the screen; one answer is for good.
    ///
    /// # Errors
    /// [`Unavailable`] if there is no portal, if it has not been asked, or while it asks, or when the answer
    /// was no.
    pub(crate) async fn open(&self, may_ask: bool) -> Result<Box<dyn Device>, Unavailable> {
        let mut asking = self.asking.lock().await;
        if asking.refused {
            return Err(refused());
        }
        if asking.question.is_empty() {
            let token = self.token.read().await;
            if token.is_none() && !may_ask {
                return Err(Unavailable::new(
                    "the desktop has not been asked yet whether devices may press keys",
                    "call it once, and answer at the screen",
                ));
            }
            let (wanted, keep) = (self.wanted.clone(), self.token.clone());
            asking.question.spawn(session::open(wanted, token, keep));
        }
        let Ok(answer) = timeout(PATIENCE, asking.question.join_next()).await else {
            return Err(Unavailable::new(
                "the desktop asks on its screen whether devices may press keys",
                "answer there, then try again",
            ));
        };
        match answer {
            Some(Ok(Ok(hands))) => Ok(Box::new(hands)),
            Some(Ok(Err(PortalError::Refused))) => {
                asking.refused = true;
                Err(refused())
            }
            Some(Ok(Err(error))) => Err(Unavailable::new(
                error.to_string(),
                "see whether xdg-desktop-portal runs, and the part of it for your desktop: GNOME 45 and Plasma 6.1 have one for input",
            )),
            // It has panicked, which is in the log.
            Some(Err(_)) | None => Err(Unavailable::new("asking the desktop failed", "try again")),
        }
    }
}

fn refused() -> Unavailable {
    Unavailable::new(
        "whoever sits at the screen has not allowed devices to press keys",
        "`deskconn component restart` with the component's name has them asked again",
    )
}
