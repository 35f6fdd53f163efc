//! Phrases that tell kinds of mail apart, in English and French with some Dutch, German and Spanish.
//!
//! Written for this project from general knowledge of such mail; none is taken from the evaluation data.

use crate::classify::phrases::Phrases;
use crate::classify::phrases::lexicon;
use std::sync::LazyLock;

/// A group of phrases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Failure,
    Absence,
    Acknowledge,
    Account,
    Order,
    Footer,
    Digest,
    Marketing,
    Advance,
    Blackmail,
    Crypto,
    Loan,
    Phish,
    ColdOffer,
    Adult,
    Greeting,
    Closing,
    Personal,
    Test,
    Exploit,
    QuotedHead,
    Disclaimer,
    Phone,
    TermsPerson,
    TermsService,
    TermsSpam,
    TermsBounce,
    TermsProbe,
}

/// The groups of `lexicon.tsv`, by the names of its fields.
const TERMS: [(&str, Group); 5] = [
    ("person", Group::TermsPerson),
    ("service", Group::TermsService),
    ("spam", Group::TermsSpam),
    ("bounce", Group::TermsBounce),
    ("probe", Group::TermsProbe),
];

/// How many groups there are.
pub(super) const GROUPS: usize = 28;

/// Each group with what one of its phrases counts: 1, or how much a term says.
pub(super) static PHRASES: LazyLock<Phrases<(Group, f32)>> = LazyLock::new(|| {
    let phrases = TABLE.iter().map(|(group, list)| ((*group, 1.0), *list));
    let terms = lexicon(include_str!("lexicon.tsv")).filter_map(|(field, strength, terms)| {
        let (_, group) = TERMS.iter().find(|(name, _)| *name == field)?;
        Some(((*group, strength), terms))
    });
    Phrases::new(&phrases.chain(terms).collect::<Vec<_>>())
});

const TABLE: &[(Group, &str)] = &[
    (
        Group::Failure,
        "delivery status notification|undeliverable|undelivered mail|returned mail|delivery failure|delivery failed|\
         delivery has failed|mail delivery failed|could not be delivered|couldn't be delivered|wasn't delivered|\
         returned to sender|failure notice|message not delivered|address not found|user unknown|mailbox unavailable|\
         mailbox full|over quota|quota exceeded|550 5.|552 5.|554 5.|unable to deliver|not delivered|delayed mail|\
         delivery delayed|still being retried|unknown recipient|no such user|permanent error|host unknown|\
         non remis|echec de remise|echec de la remise|n'a pas pu etre remis|n'a pas pu etre distribue|message non distribue|\
         remise differee|retour a l'expediteur|adresse introuvable|utilisateur inconnu|boite pleine|\
         unzustellbar|zustellung fehlgeschlagen|onbestelbaar|niet afgeleverd|no se ha podido entregar|nondeliverable|\
         delivery report|mail system error|message delivery|unroutable|undeliverable mail|recipient rejected|\
         this is a permanent error|couldn't deliver|i'm afraid i wasn't able to deliver|message could not be sent",
    ),
    (
        Group::Absence,
        "out of office|out of the office|automatic reply|auto reply|autoreply|auto-reply|auto response|autoresponse|\
         i am away|i'm away|am currently away|on leave|on vacation|on annual leave|limited access to email|\
         limited access to e-mail|will be back on|i will return|back in the office|reponse automatique|absent du bureau|\
         absence du bureau|je suis absent*|je suis en conge*|actuellement absent*|de retour le|mon retour|en mon absence|\
         en cas d'urgence|abwesend|abwesenheit*|abwezig|afwezig|fuera de la oficina|maternity leave|no longer with the company|\
         no longer works|ne fait plus partie|parental leave|je serai de retour|retour le",
    ),
    (
        Group::Acknowledge,
        "thank you for contacting|thanks for contacting|your message was received|we have received your message|\
         we have received your email|your request has been received|will get back to you|someone will answer|\
         will respond within|reply within|answer within|nous avons bien recu votre message|\
         votre message a bien ete recu|sera traite|nous vous repondrons|accuse de reception|has been received and|\
         awaits moderator approval|is being held|waiting for moderator|confirm that you sent|challenge-response|\
         ticket has been created|was read on|a ete lu|read receipt|accuse de lecture|was deleted without being read|\
         wurde gelesen|this is an acknowledgment|we aim to answer|est en attente de moderation|\
         we received your request|request received|your ticket number|a member of our team will|one of our agents|\
         we will be in touch|we'll be in touch|case has been opened|has been assigned to|votre demande a ete enregistree|\
         votre demande a bien|un conseiller|prise en compte|do not answer this message|your enquiry has been|\
         your inquiry has been|we are currently experiencing|opening hours|business hours",
    ),
    (
        Group::Account,
        "verification code|security code|one-time code|one-time password|your code is|votre code est|code de verification|\
         code de securite|reset your password|password reset|reinitialis*|confirm your email|verify your email|\
         confirmez votre adresse|activate your account|welcome to|bienvenue chez|bienvenue sur|your account|votre compte|\
         new sign-in|new login|nouvelle connexion|your subscription|votre abonnement|your profile|your username|\
         account number|numero client|espace client|my account|mon compte|two-factor|your membership|\
         your statement is|releve est disponible|direct debit|autopay|your policy|votre contrat|your registration|\
         thank you for registering|thanks for signing up|thank you for signing up|account settings|temporary password|\
         your trial|free trial|trial ends|trial expires|trial has ended|your workspace|your plan|upgrade your plan|\
         get started|getting started|finish setting up|complete your profile|your first project|invited you to|\
         has invited you|shared with you|shared a file|mentioned you|assigned to you|commented on|requested access|\
         signed up|how is your trial|onboarding|i'm the founder|founder of|customer success|success manager|product team|\
         your dashboard|api key|essai gratuit|votre essai|votre espace|votre inscription|a partage|vous a invite*|\
         vous a mentionne|votre identifiant|premiere connexion|creation de votre compte|votre adhesion|recovery address|\
         recovery email|was changed|a ete modifie*|security alert|alerte de securite|sign-in attempt",
    ),
    (
        Group::Order,
        "order number|order confirmation|your order|order #|order id|votre commande|commande n|has shipped|shipment|\
         tracking number|out for delivery|your package|votre colis|numero de suivi|your receipt|receipt for|your invoice|\
         votre facture|your booking|booking reference|votre reservation|confirmation de commande|check-in online|\
         your appointment|votre rendez-vous|appointment reminder|rappel de rendez-vous|your ticket*|e-ticket|billet|\
         payment received|payment confirmation|paiement recu|your payment|montant preleve|total:|subtotal|sous-total|\
         bestelling|bestellung|rechnung|factuur|su pedido|your delivery|delivered to|estimated delivery|\
         livraison prevue|renews on|payslip|fiche de paie|bulletin de paie|\
         ready for pickup|ready for collection|ready to collect|pick it up|your vehicle|your car is|service is due|\
         we look forward to seeing you|we look forward to welcoming|your stay|your room|your table|your flight|your trip|\
         your seat|boarding pass|gate closes|your refund|refund has been|your return|has been dispatched|is on its way|\
         has been delivered|delivery window|please rate|rate your|leave a review|how did we do|how was your|\
         your recent visit|your recent purchase|your prescription is|your test result is|results are available|your quote|\
         your estimate|reservation number|confirmation number|policy number|meter reading|your bill|amount due|due date|\
         pret a etre retire|a ete expedie*|est en cours de livraison|votre livraison|votre sejour|votre vol|votre chambre|\
         votre table|votre devis|votre echeance|prelevement|votre remboursement|nous avons hate de vous|donnez votre avis|\
         votre avis|votre visite|votre achat|prochain controle|rappel :|rappel de votre|votre consultation|\
         teleconsultation",
    ),
    (
        Group::Footer,
        "do not reply to this|please do not reply|this is an automated|this is an automatic|automatically generated|\
         automated message|ne pas repondre|ne repondez pas|message automatique|envoye automatiquement|\
         you are receiving this|you receive this|you received this|you're receiving this|vous recevez ce|\
         unsubscribe|se desabonner|desinscri*|desabonn*|manage preferences|email preferences|notification settings|\
         privacy policy|all rights reserved|tous droits reserves|mentions legales|donnees personnelles|view in browser|\
         view this email|view online|version en ligne|terms of service|terms and conditions|help center|customer service|\
         service client|impressum|afmelden|abmelden|darse de baja|niet beantwoorden|antworten sie nicht|opt out|opt-out|\
         remove your name|to be removed|contact us at|change your settings|add us to your address book|\
         this mailbox is not monitored|not monitored|sent automatically|sent on behalf of|this email was sent to|\
         this message was sent to|why did i get this|mail was generated|system generated|update your preferences|\
         unsubscribe from|email was intended for|cet e-mail a ete envoye|cet email a ete envoye|\
         ce message vous est adresse|boite n'est pas relevee|adresse non surveillee",
    ),
    (
        Group::Digest,
        "to unsubscribe from this|mailing list|list info|listinfo|digest|newsletter|this week|top stories|headlines|\
         in this issue|read more|lire la suite|click here to read|forwarded this|daily update|weekly update|\
         lettre d'information|infolettre|nieuwsbrief|subscribers|subscribe|edition|announces|press release|url:|\
         list-unsubscribe|yahoo! groups|group email|webinar|_______________________________________________|\
         date: not supplied|mailman|egroups|post a message|has been posted|announcement|all employees|\
         this month|in this edition|editor's|upcoming events|save the date|register now|join us|sign up now|our latest|\
         what's new|release notes|changelog|weekly|monthly|roundup|au programme|dans ce numero|a la une|agenda|\
         inscrivez-vous|nos actualites|lettre mensuelle|chers adherents|dear members|dear parents|chers parents|\
         dear colleagues|dear all|cheres et chers",
    ),
    (
        Group::Marketing,
        "free|limited time|act now|order now|buy now|special offer|special promotion|discount|% off|save up to|best price|\
         lowest price*|money back|money-back|guarantee*|risk free|risk-free|no obligation|click here|click below|\
         exclusive offer|for only $|as seen on|100%|amazing|incredible|miracle|weight loss|lose weight|viagra|cialis|\
         pharmacy|prescription|rolex|replica|cheap|bargain|promo|offre speciale|offre exclusive|offre limitee|\
         profitez|gratuit*|sans engagement|remise|prix casse*|jusqu'a -|satisfait ou rembourse|you have been selected|\
         congratulations|felicitations|claim your|gift card|carte cadeau|survey|sondage|winner|prize|your reward|\
         work from home|make money|earn money|extra income|financial freedom|double your|debt|mortgage rates|refinance|\
         toner|cable descrambler|email addresses|bulk email|targeted|mlm|opportunity|no cost|absolutely free|hot stock|\
         investment opportunity|investors|anti-aging|enlarge*|hair loss|casino|free spins|bonus|jackpot|bet now|\
         pompe a chaleur|panneaux solaires|isolation|mutuelle|cpf|credit immobilier|simulation gratuite|health secret|\
         doctors hate|one simple trick|blood sugar|joint pain|prostate|keto|cbd|memory loss|tinnitus|wrinkles|\
         last chance|ends tonight|ends soon|hurry|today only|while stocks last|new arrivals|new collection|shop now|\
         free shipping|free delivery|coupon|promo code|code promo|black friday|soldes|vente privee|derniere chance|\
         livraison offerte|offert*|a prix|nouvelle collection|jusqu'a minuit|decouvrez|profiter|bon plan|parrain*",
    ),
    (
        Group::Advance,
        "beneficiary|next of kin|inheritance|late husband|late client|deceased client|million dollars|million united states|\
         us$|usd|consignment|atm card|transfer the sum|transfer of funds|confidential business|business proposal|\
         strictly confidential|foreign partner|god bless|barrister|dying|widow|orphan*|donation|donate|lottery|lotto|\
         won the|winning|charity|compensation fund|western union|moneygram|diplomat|gold dust|gold bars|army general|\
         un agent|united nations|central bank|heritage|heritiere|veuve|notaire|don de|legs|cancer|gagnant|loterie|\
         tirage|millions d'euros|herencia|erbschaft|confidentialite|urgent reply|your urgent response|kindly reply|\
         kindly respond|reply me|contact me on|whatsapp|camp in|stationed in|i am a soldier|sergeant|selected at random|\
         chose you at random|fill in|full names|occupation|age, sex|sex, |percentage of|modalities|\
         dear friend|dear beloved|dear beneficiary|my dear|attorney|fund transfer|your fund*|unclaimed fund*|\
         investment partner|business partner|trusted person|trust you|my late|before i die|sole heir|oil contract|\
         over-invoiced|deposit of|next-of-kin|cher ami|chere amie|bien-aime*|ma succession|mon defunt|je vous fais don|\
         affaire urgente|partenaire",
    ),
    (
        Group::Blackmail,
        "i recorded you|i have recorded|your webcam|through your camera|intimate|masturbat*|embarrassing|your contacts|\
         infected your|installed a trojan|malware on|hacked your|i hacked|have access to your|pay in bitcoin|\
         48 hours|j'ai pirate|votre webcam|video compromettante|vos contacts|porn*|your secret|delete the video|pay me",
    ),
    (
        Group::Crypto,
        "bitcoin|btc|crypto*|wallet|ethereum|usdt|trading platform|forex|binary option*|token sale|airdrop|metamask|\
         profits|return on investment|roi|investissement|rendement|trading|\
         passive income|guaranteed profit*|guaranteed return*|early investor*|crypto-monnaie*|plateforme de trading|\
         gains garantis|seed phrase|withdraw your|deposit now|investisseurs",
    ),
    (
        Group::Loan,
        "loan offer|business loan|personal loan|apply for a loan|interest rate|low interest|credit score|pret entre particuliers|\
         offre de pret|pret personnel|taux d'interet|lening|kredit|darlehen|bad credit|need a loan|funding for your|\
         pre-approved|pre approved|prestamo|line of credit|rachat de credit",
    ),
    (
        Group::Phish,
        "verify your account|account has been suspended|account suspended|account will be|unusual activity|suspicious activity|\
         unusual sign|update your information|update your payment|confirm your identity|mailbox is full|mailbox is almost|\
         storage is full|storage limit|password will expire|password expires|keep same password|keep current password|\
         pending messages|undelivered messages|messages are on hold|held messages|release messages|upgrade your mailbox|\
         validate your|re-activate|within 24 hours|within 48 hours|failure to|permanently|avoid|immediately|\
         your account has been|restricted|limited access|parcel could not|customs fee|redelivery|frais de livraison|\
         frais de douane|livraison echouee|compte suspendu|compte a ete suspendu|compte sera|verifiez votre|\
         mettre a jour vos|activite inhabituelle|sous 24 h|sous 48 h|regularis*|amende|remboursement d'impot|\
         trop-percu|carte vitale|netflix|docusign|shared a document|review document|view document|secure message|\
         voicemail message|fax message|invoice attached|overdue invoice|payment pending|remittance|it support|helpdesk|\
         administrator|mail admin|webmail|click the link|click the button|cliquez|auto-renew*|has been charged|\
         call us to cancel|geek squad|antivirus|your subscription has|tax refund|refund of|your device|icloud storage|\
         login attempt|confirm now|sign in to|re-confirm|final notice|last warning|action required|action requise|\
         claim now|you owe|owed|unclaimed|verify with your|\
         enable editing|enable content|enable macros|protected content|protected document|encrypted document|\
         view the document|open the attachment|invoice due|see the attached invoice|payment advice|payment copy|\
         swift copy|proof of payment|new voicemail|new fax|you have received a secure|scanned document|\
         document has been shared|quarantine|email account|mailbox|e-mail account|your mail|security update|\
         security notice|update your account|confirm your account|bank details|account details|your parcel|your shipment|\
         unpaid|dear customer|dear user|dear client|valued customer|cher client|chere cliente|cher(e) client*|\
         cher utilisateur|votre boite mail|votre messagerie|votre boite aux lettres|messages en attente|\
         espace de stockage|quota|mise a jour de securite|votre colis|frais de port|impots|ameli|antai|facture impayee|\
         en pj la facture|consulter le document|ouvrir la piece jointe|veuillez confirmer|veuillez mettre a jour|\
         expire aujourd'hui|derniere relance",
    ),
    (
        Group::ColdOffer,
        "first page of google|page 1 of google|seo|search engine|google ranking*|rank higher|website design|web design*|redesign|\
         your website|link building|guest post|backlink*|lead generation|qualified leads|leads for|email list|database of|\
         attendees list|contacts list|decision makers|quick call|15 minutes|15-minute|book a call|book a demo|schedule a demo|\
         i came across your|i noticed your|reaching out|touching base|following up on my|circle back|increase your sales|\
         grow your business|outsourc*|offshore|app development|our factory|we are a factory|we are manufacturer*|\
         leading manufacturer|leading supplier|moq|fob|we supply|we specialize in|we can offer|best quality|competitive price|\
         our products|catalogue|call for papers|submit your manuscript|journal of|your paper|editorial board|\
         votre site|referencement|visibilite|premiere page|devis gratuit|nous sommes une agence|prospects|rendez-vous qualifies|\
         data entry|virtual assistant|are you available|gift cards|task for you|quick task|are you at your desk|\
         wire transfer|changement de rib|virement urgent|tu es disponible|part-time job|remote job|job offer|salary per|\
         position available|no experience|recrut*|emploi a domicile|hiring|interested?|\
         top of your inbox|bringing this to|bumping this|just following up|follow up on my previous|my previous mail|\
         my previous email|my last email|did you get a chance|did you get my|haven't heard back|have not heard back|\
         quick question|quick intro|worth a chat|worth a quick|open to a|open to chat|would it make sense|\
         does it make sense|right person to|the person who|who handles|who is in charge of|person responsible for|\
         we help companies|we help businesses|we work with companies|companies like yours|businesses like yours|\
         case study|free audit|free sample|free quote|free consultation|no strings attached|not interested, just|\
         if you're not interested|reply stop|attendee list|attendees|visitor list|verified contacts|job titles|\
         target audience|counts and cost|pricing and counts|mailing lists|b2b|roi in|boost your|scale your|\
         your competitors|i was on your|i visited your|i just visited|looked at your|loved your|impressed by|rank your|\
         traffic|conversion rate|ux|mobile app|developers at|hourly rate|dedicated team|staff augmentation|bpo|\
         call center|price list|our company is|we are a professional|manufacturer of|manufacturers of|factory price|\
         free samples|best regards from china|import duty|sourcing|quotation for|sponsored post|do-follow|dofollow|\
         domain authority|content writer|paid post|press coverage|business listing|google maps|online reviews|\
         votre visibilite|mots cles|mots-cles|referenc*|audit gratuit|etude gratuite|sans frais|simple reponse|10 minutes|\
         quinze minutes|echange rapide|un creneau|interlocuteur|vos concurrents|vos besoins en|nous accompagnons|\
         nous aidons les|entreprises comme la votre|fichier de contacts|base de donnees de|envoyez votre cv|envoyez le cv|\
         frais de dossier|heures par jour|revenus complementaires|travail a domicile|poste a pourvoir|no reply needed|\
         are you around|i need a favor|i need a favour|keep it confidential|can't talk right now|in a meeting right now|\
         what's your cell|your mobile number|change my bank|update my bank|direct deposit|payroll information|\
         j'ai besoin d'un service|rendez-moi un service|es-tu dispo*|changer mes coordonnees|nouveau rib",
    ),
    (
        Group::Adult,
        "sexy|hot girls|horny|nude|singles|dating|milf|sex|xxx|lonely|adult|girls|rencontre*|celibataire*|\
         looking for a man|looking for love|my photos|my pictures|soulmate|relationship|\
         your profile caught|saw your profile|get to know you|serious relationship|true love|lonely woman|\
         i am a simple woman|russian|ukrainian lady|chat with me|write me back|write to me soon|homme serieux|femme seule|\
         faire connaissance|ton profil|votre profil m'a",
    ),
    (
        Group::Greeting,
        "hi|hey|hello|good morning|good afternoon|good evening|bonjour|bonsoir|salut|coucou|dear mr|dear ms|dear mrs|dear dr|\
         sir,|ma'am|hallo|hoi|beste|guten tag|hola|moin|mon colonel|mon general|cher collegue|chere collegue|lieber|liebe|\
         hi all|hi everyone|team,|sgt|maj|col|capt|lt|ssg|sfc|msg",
    ),
    (
        Group::Closing,
        "regards|best regards|kind regards|best wishes|cheers|thanks|thank you|many thanks|thx|sincerely|take care|talk soon|\
         see you|love you|love,|xo|xoxo|v/r|respectfully|r/|cordialement|bien cordialement|bien a vous|a bientot|bises|bisous|\
         merci|merci d'avance|amities|bonne journee|bonne soiree|bon week-end|a plus|salutations|mit freundlichen|gruss|\
         viele grusse|groet*|groeten|met vriendelijke|saludos|un abrazo|have a great|have a good|sent from my|envoye de mon|\
         yours|all the best|warm regards|very respectfully",
    ),
    (
        Group::Personal,
        "let me know|can you|could you|would you|do you have|are you free|i think|i'll|i'm|i've|i'd|i was|i have|i will|i just|\
         my wife|my husband|my son|my daughter|mom|dad|the kids|we'll|we've|let's|call me|give me a call|as discussed|\
         as requested|as promised|per our conversation|per our call|our meeting|the meeting|tomorrow|next week|this morning|\
         last night|yesterday|tonight|attached is|attached are|i attach*|please find attached|see attached|fyi|talk to you|\
         sorry|hope you|hope this|looking forward|je t'|je vous|j'ai|je suis|tu peux|pouvez-vous|peux-tu|merci de|ci-joint*|\
         en piece jointe|comme convenu|comme evoque|suite a notre|notre reunion|demain|hier|ce soir|semaine prochaine|\
         qu'en penses|dis-moi|dites-moi|tiens-moi|maman|papa|les enfants|j'espere|on se|appelle-moi|appelez-moi|\
         ik heb|kun je|kunt u|morgen|bijgaand|bijlage|ich habe|konnen sie|anbei|wie besprochen|puede|adjunto|manana|\
         my|me|je|mon|ma|mes|nous avons|got it|sounds good|no problem|will do|by friday|by monday|on monday|on tuesday|\
         on wednesday|on thursday|on friday|lundi|mardi|mercredi|jeudi|vendredi|\
         see you|miss you|what do you think|how are you|how's|how did it go|thanks for your|thanks for the|can we|\
         shall we|should we|are we still|did you|have you|give me a ring|i can't|i didn't|i don't|i wanted|i forgot|\
         i need|i attached|here's|here is the|here are the|as you asked|as we agreed|as i said|the other day|last week|\
         next month|this afternoon|on my way|my flight|my mother|my father|my brother|my sister|my boss|my phone|je te|\
         je peux|je n'ai|je voulais|j'ai oublie|on peut|tu as|tu es|avez-vous|as-tu|voici le|voici la|voici les|\
         comme demande|la semaine derniere|cet apres-midi|ce matin|mon pere|ma mere|mon frere|ma soeur|mon chef|\
         bon courage|a tout a l'heure|a demain|on en parle|je reviens vers",
    ),
    (
        Group::Test,
        "test|testing|this is a test|test message|test mail|test email|testmail|test mailing|ceci est un test|\
         message de test|ping|heartbeat|probe|smtp test|relay test|open relay|gtube|eicar|smtp ok|seq|test 1 2 3|\
         measurement study|research scan|starttls|callout|verification probe|antispam test|av check|nagios|\
         monitoring test|check_smtp|swaks|message d'essai|policy test|path test|smtp|spf test|spf-test|mx test",
    ),
    (
        Group::Exploit,
        "jndi:|() { :; }|/bin/sh|/bin/true|ldap://|<script>|xjs*c4jdbqadn1|../../|eval(|base64_decode|union select",
    ),
    (
        Group::QuotedHead,
        "original message|wrote:|a ecrit|envoye :|sent:|schreef|schrieb|forwarded by|forwarded message|escribio|\
         gesendet:|verzonden:|enviado:|message d'origine|message transfere|-----original",
    ),
    (
        Group::Disclaimer,
        "intended recipient|confidentiality notice|destinataire|privileged|sole use of|external email",
    ),
    (
        Group::Phone,
        "tel|phone|office:|cell|cell:|mobile|fax|dsn|direct:|ext|port.|telephone|mobil|movil",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.len() + TERMS.len(), GROUPS);
        for (at, (group, _)) in TABLE.iter().enumerate() {
            assert_eq!(*group as usize, at);
        }
    }
}
