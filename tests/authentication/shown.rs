//! What staff see.

use crate::dns::Dns;
use crate::dns::Zone;
use crate::letter;
use crate::results::asking;
use crate::results::send_as;

#[test]
fn the_page_of_a_message_says_it_in_words() {
    let dns = Dns::new(
        Zone::default()
            .text("x.example", "v=spf1 ip4:192.0.2.77 -all")
            .text("_dmarc.bank.example", "v=DMARC1; p=reject"),
    );
    let trial = asking(&dns);
    let server = trial.serve();
    let forged = letter::from(&["Your bank <a@bank.example>"]);
    send_as(&server, "192.0.2.77", "x.example", "a@x.example", &forged);
    trial.add_user("awa", "reviewer", "correct horse battery staple");
    let mut browser = server.browser();
    browser.login("awa", "correct horse battery staple");
    let message = &trial.messages()[0];
    let id = message["id"].as_str().unwrap();
    let page = browser.get(&format!("/messages/{id}.0"));
    assert_eq!(page.status, 200);
    for words in [
        "this server may send for the domain",
        "the letter is not signed",
        "the domain in From does not stand for the letter. It asks that such mail be refused.",
        "asks that such mail be mistrusted (DMARC)",
    ] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(server.stop(), 0);
}
