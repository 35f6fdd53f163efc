//! A resolver that knows what a test tells it, over UDP and TCP.

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::op::Query;
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::Record;
use hickory_resolver::proto::rr::RecordType;
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::rdata::AAAA;
use hickory_resolver::proto::rr::rdata::MX;
use hickory_resolver::proto::rr::rdata::TXT;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// The largest answer that goes into a datagram here.
const DATAGRAM: usize = 1232;

/// Names below this one are never answered, as if its servers were down.
pub const NEVER: &str = "never.example";

/// What it knows.
#[derive(Clone, Default)]
pub struct Zone(BTreeMap<Name, Vec<RData>>);

impl Zone {
    pub fn text(self, name: &str, text: &str) -> Self {
        let strings: Vec<String> = text
            .as_bytes()
            .chunks(250)
            .map(|part| String::from_utf8(part.to_vec()).unwrap())
            .collect();
        self.with(name, RData::TXT(TXT::new(strings)))
    }

    pub fn address(self, name: &str, address: std::net::IpAddr) -> Self {
        let data = match address {
            std::net::IpAddr::V4(four) => RData::A(A(four)),
            std::net::IpAddr::V6(six) => RData::AAAA(AAAA(six)),
        };
        self.with(name, data)
    }

    pub fn exchange(self, name: &str, host: &str) -> Self {
        self.with(name, RData::MX(MX::new(10, whole(host))))
    }

    fn with(mut self, name: &str, data: RData) -> Self {
        self.0.entry(whole(name)).or_default().push(data);
        self
    }

    /// What is there of that kind; `None`: there is no such name.
    fn find(&self, query: &Query) -> Option<Vec<Record>> {
        let all = self.0.get(&query.name().to_lowercase())?;
        let wanted = all.iter().filter(|d| d.record_type() == query.query_type());
        let record = |data: &RData| Record::from_rdata(query.name().clone(), 300, data.clone());
        Some(wanted.map(record).collect())
    }
}

fn whole(name: &str) -> Name {
    Name::from_ascii(format!("{name}.")).unwrap()
}

/// It runs for as long as the test.
pub struct Dns {
    pub address: SocketAddr,
    state: Arc<State>,
}

struct State {
    zone: Zone,
    silent: AtomicBool,
    asked: Mutex<Vec<(String, RecordType)>>,
    over_tcp: AtomicBool,
}

impl Dns {
    pub fn new(zone: Zone) -> Self {
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            // The same number may be taken for TCP.
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let state = Arc::new(State {
            zone,
            silent: AtomicBool::new(false),
            asked: Mutex::default(),
            over_tcp: AtomicBool::new(false),
        });
        let dns = Self {
            address: udp.local_addr().unwrap(),
            state: Arc::clone(&state),
        };
        let by_udp = Arc::clone(&state);
        std::thread::spawn(move || by_udp.serve_udp(&udp));
        std::thread::spawn(move || {
            for stream in tcp.incoming() {
                let state = Arc::clone(&state);
                std::thread::spawn(move || state.serve_tcp(stream.unwrap()));
            }
        });
        dns
    }

    /// From now on it answers nothing, or answers again. What it is asked it writes down all the same.
    pub fn set_silent(&self, silent: bool) {
        self.state.silent.store(silent, Ordering::Relaxed);
    }

    /// Every question so far, each once, however often it was sent.
    pub fn asked(&self) -> BTreeSet<(String, RecordType)> {
        self.state.asked.lock().unwrap().iter().cloned().collect()
    }

    /// How many questions so far, each as often as it came.
    pub fn count(&self) -> usize {
        self.state.asked.lock().unwrap().len()
    }

    /// Whether anything was asked over TCP.
    pub fn was_asked_over_tcp(&self) -> bool {
        self.state.over_tcp.load(Ordering::Relaxed)
    }
}

impl State {
    fn serve_udp(&self, socket: &UdpSocket) {
        let mut buffer = [0; 4096];
        loop {
            let (length, peer) = socket.recv_from(&mut buffer).unwrap();
            if let Some(answer) = self.answer(&buffer[..length], DATAGRAM) {
                socket.send_to(&answer, peer).unwrap();
            }
        }
    }

    fn serve_tcp(&self, mut stream: TcpStream) {
        self.over_tcp.store(true, Ordering::Relaxed);
        let mut length = [0; 2];
        while stream.read_exact(&mut length).is_ok() {
            let mut query = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut query).unwrap();
            let Some(answer) = self.answer(&query, usize::MAX) else {
                continue;
            };
            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
            stream.write_all(&[&length, &answer[..]].concat()).unwrap();
        }
    }

    fn answer(&self, query: &[u8], room: usize) -> Option<Vec<u8>> {
        let mut message = Message::from_vec(query).unwrap();
        let query = message.queries[0].clone();
        let name = query.name().to_ascii().to_ascii_lowercase();
        self.asked.lock().unwrap().push((name, query.query_type()));
        let never = query.name().to_ascii().contains(NEVER);
        if never || self.silent.load(Ordering::Relaxed) {
            return None;
        }
        message = message.into_response();
        message.metadata.recursion_available = true;
        match self.zone.find(&query) {
            Some(records) => message.answers = records,
            None => message.metadata.response_code = ResponseCode::NXDomain,
        }
        let whole = message.to_vec().unwrap();
        if whole.len() <= room {
            return Some(whole);
        }
        message.answers.clear();
        message.metadata.truncation = true;
        Some(message.to_vec().unwrap())
    }
}
