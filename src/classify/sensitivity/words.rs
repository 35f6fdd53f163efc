//! Phrases that point to a label, in English and French.
//!
//! A single word is seldom enough: "patient", "pilot", "army" and "passport" stand in harmless mail every day. So each
//! phrase has a weight: *strong* phrases and clues, which count together. Phrases with a negative weight are the harmless
//! uses that are known. Written for this project.

use crate::classify::Sensitivity;
use crate::classify::phrases::Phrases;
use crate::classify::phrases::lexicon;
use std::sync::LazyLock;

/// A label and what a phrase adds to it.
pub(super) type Weight = (Sensitivity, f32);

/// What is found in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Found {
    /// A phrase of the table here.
    Phrase(Weight),
    /// A term of `lexicon.tsv`: its field, `None` for harmless mail, and how much it says, 1 or 2.
    Term(Option<Sensitivity>, f32),
}

/// Phrases and terms in one table, so that a text is gone through once.
pub(super) static TEXT: LazyLock<Phrases<Found>> = LazyLock::new(|| {
    let phrases = TEXT_TABLE.iter();
    let phrases = phrases.map(|(weight, list)| (Found::Phrase(*weight), *list));
    let terms = lexicon(include_str!("lexicon.tsv")).map(|(field, strength, terms)| {
        let is_of = |label: &Sensitivity| label.name() == field;
        let label = Sensitivity::ALL.into_iter().find(is_of);
        (Found::Term(label, strength), terms)
    });
    Phrases::new(&phrases.chain(terms).collect::<Vec<_>>())
});
pub(super) static FILES: LazyLock<Phrases<Weight>> = LazyLock::new(|| Phrases::new(FILE_TABLE));

const STRONG: f32 = 2.0;
const CLUE: f32 = 1.0;
const NOT: f32 = -2.0;

use Sensitivity::Credentials;
use Sensitivity::Facilities;
use Sensitivity::Financial;
use Sensitivity::Identity;
use Sensitivity::Legal;
use Sensitivity::Medical;
use Sensitivity::Military;
use Sensitivity::Personnel;
use Sensitivity::Travel;

const TEXT_TABLE: &[(Weight, &str)] = &[
    (
        (Credentials, STRONG),
        "private key|cle privee|ssh key|api key|access key|secret key|connection string|temp password|temporary password|\
         admin password|root password|default password|wifi password|wi-fi password|vpn password|passphrase|login credentials|\
         login details|identifiants de connexion|your password is|password is|passwords are|mot de passe est|mot de passe :|\
         mdp :|mdp|code de l'alarme|code du coffre|alarm code|safe code|door code is|one-time code|one-time password|\
         verification code|code de verification|security code|votre code est|your code is|your code:|ihr code lautet|\
         reset your password|reinitialiser votre mot de passe|password reset|mot de passe provisoire|\
         mot de passe temporaire|codes d'acces|seed phrase|recovery phrase|recovery codes|phrase de recuperation|\
         two-factor code|2fa code|otp|pin code|code pin|pin is|token is|bearer token|client secret|code a usage unique|\
         nouveau mot de passe|new password|mots de passe|your passcode|passcode|sign-in code|code de connexion|\
         nouvelle connexion|new sign-in",
    ),
    (
        (Credentials, CLUE),
        "password*|mot de passe|pwd|pw|login|username|user name|utilisateur|identifiant*|credentials|ssh|vpn|root|admin|\
         keytab|certificate|certificat|pin|token|passwort|wachtwoord|logon|user:|host:|port:|code d'acces|access code|\
         digicode|2fa|second factor|keychain|keystore|code",
    ),
    (
        (Credentials, NOT),
        "forgot my password|forgotten password|forgot password|how do i reset|never ask for your password|\
         never share your password|mot de passe oublie|changer de mot de passe|ne partagez jamais|je n'arrive plus a me connecter|\
         choose a strong password|password policy|password manager recommendation|qr code|code postal|zip code|dress code|\
         source code|code civil|code de la route|code promo|discount code|code of conduct|postcode|barcode|\
         nous ne vous demanderons jamais",
    ),
    (
        (Medical, STRONG),
        "diagnosed with|diagnosis|diagnostic medical|blood test*|blood results|lab results|test results from the clinic|mri|x-ray*|\
         ct scan|ultrasound|biopsy|chemotherapy|radiotherapy|medical certificate|sick note|fit note|sick leave|medical record*|\
         medical history|medical report|discharge summary|prescription for|prescribed|side effects|blood pressure|\
         hiv|hepatitis|cancer treatment|tumou*r|surgery on|your surgery|operation on the|therapy session*|psychiatr*|\
         psycholog*|panic attack*|antidepressant*|ptsd|prise de sang|resultats d'analyse*|compte rendu d'hospitalisation|\
         compte rendu operatoire|arret maladie|arret de travail|certificat medical|dossier medical|ordonnance medicale|\
         ordonnance|radiographie*|irm|scanner thoracique|echographie|biopsie|chimiotherapie|medecin traitant|anticoagulant*|\
         antibiotique*|traitement medical|votre traitement|vos traitements|symptomes|hospitalis*|maladie chronique|\
         seropositi*|grossesse|depression|expertise medicale|taux d'incapacite|carte vitale|groupe sanguin|\
         groupes sanguins|vaccination|vaccin*|patient record*|patient's|patiente|dermatolog*|cardiolog*|oncolog*|radiolog*|\
         gynecolog*|neurolog*|orthopaed*|orthoped*|anemia|anaemia|anemie|diabetes|diabete|diabetique|asthma|asthme|fracture*|\
         cataract|sertraline|metformin|ibuprofen mg|insulin*|mg daily|mg twice|hearing exam|tinnitus|lesion*|meniscus|\
         lombalgie|shingles|uitslag van het onderzoek|befund|analitica|infirm*|urgences|scan shows|allergic reaction|\
         miscarriage|pregnan*|epilep*|hemorrag*|avc|infarctus|pathologie|allergie a la|allergique a|bilan sanguin|cholesterol",
    ),
    (
        (Medical, CLUE),
        "patient|doctor|dr|physician|nurse|hospital|clinic|clinique|hopital|docteur|medecin|gp|consultation|symptom*|treatment|\
         traitement|disease|maladie|surgery|chirurg*|operation|injury|blessure|knee|genou|therapy|therapist|dose|medication|\
         medicament*|diagnos*|appointment|rendez-vous|laboratoire|laboratory|specialist|specialiste|pharmac*|dental|dentist*|\
         dentaire|mutuelle|health|sante|referral|ward|insurance claim|check-up|exam report|allerg*|blood|sang|\
         swelling|pain|douleur*|fever|fievre|praxis|huisarts*|tandarts*|chest|lung|nodule|heart",
    ),
    (
        (Medical, NOT),
        "be patient|patient, the|your patience|doctor's orders|malade imaginaire|doctor who|spin doctor|pepper|\
         it operation|health and safety|patience|computer virus|medecin malgre lui",
    ),
    (
        (Identity, STRONG),
        "social security number|ssn|passport number*|passport no|passport copies|copy of my passport|copy of your passport|\
         scan of my passport|passport scan*|my passport|numero de passeport|numeros de passeport|passeport n|mon passeport|\
         copie du passeport|copie de mon passeport|driving licence|driver's license|drivers license|driver license|\
         permis de conduire|carte d'identite|carte nationale d'identite|identity card|id card|national id|birth certificate|\
         acte de naissance|extrait de naissance|date of birth|date de naissance|place of birth|lieu de naissance|dob|\
         numero de securite sociale|n de securite sociale|titre de sejour|carte de sejour|recepisse|justificatif de domicile|\
         proof of address|next of kin|dd-214|dd214|edipi|cac card|common access card*|background check|security clearance|\
         clearance form|sf-86|sf86|visa application|demande de visa|residence permit|naturali*|livret de famille|\
         national insurance number|copie de la piece d'identite|piece d'identite|pieces d'identite|mother's maiden name|\
         employment verification|identiteitsbewijs|personalausweis|reisepass|green card|photo id|member id|tax id number|\
         carte consulaire|numero d'identification|empreintes|fingerprint*|nina",
    ),
    (
        (Identity, CLUE),
        "passport*|passeport*|visa|ssn last four|identity|identite|born on|ne le|nee le|nationality|nationalite|permis|licence|\
         license|badge photo|clearance|reference for|payslips|bulletins de paie|marriage certificate|acte de mariage|id photo|\
         recto|verso|prefecture|signature specimen|application form|dossier de candidature|id",
    ),
    (
        (Identity, NOT),
        "visual identity|brand identity|identite visuelle|passport photo booth|passport to|identity of the shop|visa gift|\
         pay with visa|visa and mastercard|poetic licence|licence to|software licen*|license key|driving licence renewal offer|\
         corporate identity|identite de marque",
    ),
    (
        (Financial, STRONG),
        "iban|bic|swift|routing number|sort code|account number|bank details|bank account|bank statement*|account statement*|\
         numero de compte|releve de compte|releves bancaires|releve bancaire|relevé d'identite bancaire|rib|coordonnees bancaires|\
         card ending|card number|credit card|carte bancaire|carte se terminant|direct debit|prelevement|virement|\
         wire transfer|bank transfer|tax return|declaration d'impots|avis d'imposition|tax form|1099*|w-2|w-4|\
         adjusted gross income|gross income|salary|salaire*|payslip*|pay slip|fiche de paie|bulletin de paie|bulletin de salaire|\
         invoice attached|unpaid invoice|overdue invoice|facture impayee|please pay invoice|reste impayee|facture n|\
         unit price|prix unitaire|our margin|marge de|quote for|quotation|devis confidentiel|purchase order|bon de commande|\
         ligne budgetaire|budget confidentiel|credit line|ligne de credit|mortgage|pret immobilier|loan application|\
         demande de pret|amortissement|solde au|solde du compte|outstanding balance|balance in the|savings account|\
         beneficiaire effectif|compte bancaire|depot de garantie|loyer|deposit of|direct deposit|montant preleve|\
         we charged|amount due|montant du|total ttc|€ ttc|ttc|autopay|paiement recu|payment received|receipt for|votre facture|\
         your invoice|net income|quarterly results|bilan comptable|cash flow|business plan|taux du credit|the lender|\
         pension|remuneration*|bonus payment|prime de|primes de|credit score|tax refund|impot sur le revenu|crypto wallet|\
         wages|payroll|liasse fiscale|comptes annuels|chiffre d'affaires|dividend*|ueberweisung|uberweisung|rechnung|factuur|\
         comptabilite|reglement de la facture|expense report|note de frais|notes de frais|bid price|tender price*|offre de prix",
    ),
    (
        (Financial, CLUE),
        "invoice*|facture*|payment|paiement|balance|solde|refund|remboursement|bank|banque|budget|tax|impot*|loan|pret|price|\
         prix|cost|transfer|compte|account|credit|debit|margin|marge|tender|fee|fees|eur|usd|k€|m€|deposit|acompte|caution|rent|\
         order|commande|bestellung|total|amount|montant|wire|pay|income|revenue*|provisions|charges|income tax|quote|devis|\
         funding|financement|subvention|grant|savings|epargne|charged|charge|card|claim|owed|insurance|assurance|mill",
    ),
    (
        (Financial, NOT),
        "account manager|bank holiday|food bank|blood bank|an iban has|iban explained|who sends the invoice|piggy bank|river bank|\
         on account of|take into account|user account|tenir compte|rendre compte|se rendre compte|compte rendu|compte-rendu|\
         compte tenu|compte sur|price of fame|prix nobel|prix litteraire|premier prix|cost of living article|memory bank",
    ),
    (
        (Travel, STRONG),
        "itinerary|itineraire|boarding pass*|carte d'embarquement|cartes d'embarquement|e-ticket*|flight number|booking reference|\
         confirmation number|reference de reservation|dossier de reservation|numero de reservation|votre vol|your flight|\
         flight lands|flights out|return flight|vol aller|vol retour|billet d'avion|billets de train|train ticket*|tgv|eurostar|\
         hotel reservation|hotel booking|reservation d'hotel|check-out|checkout|check in now|check-in online|rooming list|\
         liste des chambres|room block|chambres sont|chambre est|votre chambre|your room|your stay|votre sejour|ordre de mission|\
         travel orders|tdy|per diem|trip report|travel plans|plan de voyage|on decolle|on rentre le|house will be empty|\
         maison sera vide|away until|airport pickup|airport transfer|shuttle to|navette|car rental|rental car|\
         location de voiture|arrives at|arrive at|arrivee a|depart lhr|vip transfer|convoy to|port call|escale|slot times|\
         handling request|seat map|travelling to|traveling to|aller le|aller-retour|retour le|embark*|layover|departure gate|\
         frequent flyer|cruise booking|pack-out|household goods|hhg|sleeper berth|gate and seat|visa run|mission a",
    ),
    (
        (Travel, CLUE),
        "flight*|vol|hotel|airport|aeroport|gare|train|depart*|arriv*|trip|voyage|travel*|reservation|booking|book|seat|siege|\
         voiture|place|luggage|bagage*|visa|passenger*|passager*|terminal|checkout|coach|autocar|suite|delegation|visit|sejour|\
         ticket*|billet*|lands|onward|outbound|inbound|return|via|shipment|fly|cabin|fare|room|rooms|chambre*|itin|\
         deplacement|conges|holiday|vacances|pick up|shuttle|taxi|cab",
    ),
    (
        (Travel, NOT),
        "voyage dans le temps|voyage au centre|time travel|travel writing|train of thought|book club|train the|training|\
         the book|my book|flight of stairs|flight of fancy|night train to|travel guide|recit de voyage|roman de voyage|\
         chambre de commerce|place du marche|retour d'experience|vol en ballon|vol a l'etalage|bank holiday",
    ),
    (
        (Personnel, STRONG),
        "performance review|performance evaluation|annual review|appraisal|entretien annuel|compte rendu d'evaluation|evaluation annuelle|\
         fiche de notation|staff list|crew list|liste du personnel|liste nominative|nominal roll|personnel file|dossier du personnel|\
         employee file|written warning|disciplinary|sanction disciplinaire|avertissement propose|blame|dismissal|licenciement|\
         termination of employment|resignation|lettre de demission|harassment|harcelement|bullying|direct reports|\
         curriculum vitae|cvs|cv and|cover letter|lettre de motivation|applicants|candidature*|job applicants|short list|\
         job offer|offre d'emploi|shortlist|mutations|tableau des mutations|affectation*|promotion list|avancement|\
         leave balance|leave request|demande de conge*|conges payes|roster|duty roster|tableau de service|planning des equipes|\
         next of kin|situation familiale|service number|service record|aircrew names|panel members|panel scores|\
         salary grid|grille de salaires|remunerations nominatives|human resources|ressources humaines|security clearance|\
         gate list|visitor list|access list|employee number|matricule*|effectif nominatif|home address*|\
         leave form|pcs orders|dros|promotion board|selection board|hr file|employment verification|reference for|\
         contractors starting|starters|onboarding|new hires|periode d'essai|rupture conventionnelle|grievance|mi-temps|\
         names and ranks|grades et|notation|fitness report|job title",
    ),
    (
        (Personnel, CLUE),
        "staff|personnel|employee*|employe*|salarie*|candidate*|candidat*|cv|hr|rh|rank|grade|grades|names|noms|agents|recruit*|\
         supervisor|manager|superieur*|colleague*|promotion|contract|contrat de travail|evaluation|interview|entretien|position|\
         poste|prime|salary|salaire*|job|emploi|leave|conge*|absence*|crew|equipage|nominati*|contractors|vacancy|team members|\
         s-1|badge office|supervised|shift|mom|dad",
    ),
    (
        (Personnel, NOT),
        "account manager|crew of the film|staff picks|project manager tool|camera crew|recruiting drive in schools|product manager|\
         the crew must|job done|good job|great job|performance of the play",
    ),
    (
        (Legal, STRONG),
        "attorney-client|attorney client|privileged and confidential|settlement agreement|draft settlement|full and final settlement|\
         witness statement|deposition of|affidavit|subpoena|summons|court order|court martial|hearing on|hearing date|lawsuit|\
         litigation|plaintiff|defendant|opposing counsel|counsel advises|defence counsel|defense counsel|legal advice|\
         law firm|attorney at law|power of attorney|non-disclosure agreement|nda|draft agreement|draft contract|\
         projet de contrat|projet d'accord|contrat confidentiel|clause de|clause d'|avocat*|tribunal|assignation|\
         conclusions adverses|audience|huissier|mise en demeure|procedure judiciaire|plainte*|depot de plainte|\
         convention de divorce|separation agreement|divorce|garde des enfants|custody|succession|testament|notaire|jugement|\
         homologation|penalites|charge sheet|criminal complaint|complaints about|statement of claim|indictment|\
         investigation report|will and testament|cease and desist|breach of contract|rupture de contrat|protocole d'accord|\
         memorandum of understanding|term sheet|patent application|contentieux|prud'hommes|procureur|garde a vue|\
         proces-verbal|enquete interne|internal investigation|whistleblow*|arbitration|arbitrage|maitre,|cher maitre|\
         lease agreement|bail commercial|contrat de bail|all parties have completed|docusigned|your lawyer|my lawyer|esq",
    ),
    (
        (Legal, CLUE),
        "contract*|contrat*|agreement|accord|clause*|counsel|lawyer*|solicitor|attorney|legal|juridique|court|judge|juge|hearing|\
         settlement|complaint|dispute|litige|signature|sign|signer|draft|confidential|confidentiel*|article|claimant|claim|\
         liability|responsabilite|lease|bail|evidence|preuve|case|dossier|statement|notary|protocole|convention|partner",
    ),
    (
        (Legal, NOT),
        "mission statement|cour de l'ecole|basketball court|tennis court|food court|court metrage|case study|in any case|just in case|\
         article in|artist statement|bank statement*|clause grammaticale|sans accord|d'accord|phone case|la cour sera",
    ),
    (
        (Facilities, STRONG),
        "floor plan*|site plan*|building plan*|blueprint*|plan de masse|plan d'etage|plans d'etage|plan du batiment|plans du batiment|\
         plan de la base|plan de base|plans d'execution|map of the base|base map|site map|network diagram|schema du reseau|schema reseau|\
         server room|salle serveur*|control room|salle de controle|camera positions|camera blind|blind spots|cctv|\
         videosurveillance|guard post*|poste de garde|perimeter fence|cloture perimetrique|perimeter|points d'acces|\
         access points|access control|controle d'acces|alarm zone|alarm system|systeme d'alarme|badge reader|key plan|\
         plan des cles|sleutelplan|coordonnees gps|gps coordinates|site survey|releve topographique|fuel depot|\
         depot de carburant|ammunition storage|stockage des munitions|zone de stockage|substation|utility plan|vlan*|rack number*|\
         switch location*|wiring diagram|evacuation plan|plan d'evacuation|building access|base access|gate access|\
         laissez-passer|vault|coffre-fort|security assessment|vulnerability assessment|audit de securite|power outage at|\
         planned outage|travaux sur|tranchee|generator room|groupe electrogene|hvac|data centre layout|datacenter|locksmith|\
         les cles sont|schlussel|key box|digicode|armurerie|armoury|armory|antenna*|antenne*|pylon*|pipeline valve|water supply plan",
    ),
    (
        (Facilities, CLUE),
        "building|batiment*|plan|plans|map|carte|fence|cloture|gate|portail|camera*|alarm*|corridor|guard*|gardien*|badge*|access|\
         acces|facility|site|base|camp|depot|bunker|hangar|runway|piste|pier|dock|quai|room layout|roof|keys|cles|door|porte|\
         locks|serrure*|photos du site|coordinates|coordonnees|dwg|network|reseau|rack|server|layout|sensor*|tower|utilities|\
         compound|wall|generator|storage|stock|location|warehouse|entrepot|service at|logement|outage",
    ),
    (
        (Facilities, NOT),
        "plan de table|school maps|old maps|carte de voeux|carte postale|menu a la carte|web site|site web|book a table|\
         carte d'identite|carte vitale|carte bancaire|business plan|plan de voyage|seating plan|floor is yours|plan b|\
         map of the heart|queen in her base|carte de fidelite|carte nationale|leur base|data base|site internet",
    ),
    (
        (Military, STRONG),
        "opord|frago|warno|fragord|oplan|conop|conops|ordre d'operation|ordre d'operations|ordre de bataille|order of battle|\
         rules of engagement|regles d'engagement|for official use only|fouo|controlled unclassified|cui|noforn|secret defense|\
         confidentiel defense|diffusion restreinte|special france|nato restricted|nato secret|restricted distribution|\
         battalion|bataillon|brigade|regiment|squadron|escadron|escadrille|platoon|frigate|fregate|destroyer|submarine|\
         sous-marin|aircraft carrier|porte-avions|sortie schedule|sorties|weapons load|tail number*|munition*|ammunition|\
         obus|missile*|artillery|artillerie|schedule of fires|call signs|indicatifs et|gtia|sgtia|opex|detachement|\
         detachment|releve du|deployment order|deploys to|deployed to|exercise order*|live fire|tir reel|reconnaissance|\
         tireurs de precision|sniper*|recon team|naval base|base aerienne|base navale|air base|navy base|army base|marine corps|\
         naval station|fort|crew list|court martial|rank, service|dd-214|commanding officer|chef de corps|etat-major|\
         radar|sonar|drone strike|uav|isr|eod|ied|f-35|f-16|rafale|black hawk|humvee|mrap|armored|armoured|blinde*|\
         replenishment at sea|on station|theatre of operations|theatre d'operations|force protection|threat level|sitrep|\
         compte rendu de situation|intsum|grid to follow|patrol|patrouille*|combat|flight line|nsn|mil-spec|military|militaire*|\
         armee de l'air|armee de terre|marine nationale|us army|u.s. army|us navy|us air force|air force|national guard|\
         legion|gendarmerie|centcom|africom|eucom|minusma|barkhane|soldat*|soldier*|troops|troupes|garrison|garnison",
    ),
    (
        (Military, CLUE),
        "col|maj|cpt|ltc|ssg|sfc|sgt|msg|capt|lt|gen|colonel|commandant|capitaine|lieutenant|sergent|adjudant|general|general's|\
         major|sergeant|unit|unite|exercise|exercice|operation|mission|deployment|deploiement|officer|officier*|frequencies|\
         frequences|objective|objectif|convoy|convoi|fleet|flotte|ship|navire|vessel|aircrew|pilot|pilote|crew|equipage|\
         weapon*|arme|armes|nlt|coy|company|compagnie|army|armee|navy|defense|defence|base|camp|squad|corps|effectif|\
         commander|delegation|escort*|logistics readiness|ready room|civ|ctr|v/r|colonels|veterans|supply|clin|depot|\
         stocks|strait|detroit|annex|annexe|rations|marines|marins|reserve",
    ),
    (
        (Military, NOT),
        "army of|armee de benevoles|salvation army|armee du salut|colonel chabert|secret agent|tv series|detective series|\
         the pilot of|new pilot|pilot episode|general question|en general|la generale|assemblee generale|general assembly|\
         major and minor|corporal punishment|chess|knight|kermesse|operation tulip|garden|book club|pistolets a eau|\
         water pistol*|video game|jeu video|paintball|general public|grand public|attorney general|secretary general|\
         mission statement|opinion generale|medecin generaliste|generaliste|conditions generales|surgeon general|\
         volunteer army|troop of scouts|scouts|fort heureusement|tres fort|plus fort|trop fort|fort bien|fort de|ants|\
         ballons|torchons|capital campaign|marketing campaign|piece de theatre|theatre municipal|tir a l'arc",
    ),
];

const FILE_TABLE: &[(Weight, &str)] = &[
    (
        (Credentials, STRONG),
        "password*|passwords|mot de passe|mots de passe|mdp|credentials|id rsa|id ed25519|private key|vpn config|identifiants|\
         secrets|keystore|recovery codes|api key|wallet seed|known hosts|htpasswd|shadow|codes acces",
    ),
    (
        (Medical, STRONG),
        "blood test*|mri|irm|xray|x ray|radio|radiographie|scanner|medical|medicale|ordonnance|prescription|analyses|resultats labo|\
         lab results|certificat medical|arret travail|arret de travail|fitnote|fit note|sick note|crh|compte rendu hospit*|\
         hospital|discharge|diagnosis|biopsy|vaccination|dental|echographie|health record|patient|bilan sanguin|pathology",
    ),
    (
        (Identity, STRONG),
        "passport*|passeport*|cni|carte identite|carte d identite|id card|idcard|identity card|permis|drivers license|driver license|\
         driving licence|licence front|birth certificate|acte naissance|acte de naissance|titre sejour|titre de sejour|visa|ssn|\
         w2|sf86|sf 86|dd214|dd 214|dd1561|livret famille|social security|id scan|piece identite|justificatif domicile|cac|recto|verso",
    ),
    (
        (Financial, STRONG),
        "invoice*|facture*|rib|iban|releve|releve compte|releve bancaire|bank statement|statement|stmt|bulletin de paie|bulletin paie|\
         fiche de paie|fiche paie|payslip*|salary|salaires|remunerations|w2|w4|w 4|1040|1099|tax|impots|avis imposition|budget*|pricing|price list|\
         devis|quote|quotation|purchase order|bon de commande|amortissement|pret|loan|mortgage|receipt|recu|payment|virement|\
         expense*|note de frais|kbis|tender|offre prix|financial*|bilan|compta*",
    ),
    (
        (Travel, STRONG),
        "boarding|boarding pass|eticket|e ticket|itinerary|itineraire|ticket|billet*|ordre de mission|ordre mission|travel|voyage|\
         reservation|booking|flight|vol|rooming|liste chambres|hotel|handling request|travel order*",
    ),
    (
        (Personnel, STRONG),
        "crew list|roster duty|duty roster|staff list|staff|personnel|cv|cvs|resume|applicants|candidature*|candidates|evaluation|eval|\
         performance review|appraisal|mutations|starters|new hires|employees|liste personnel|liste nominative|nominal roll|\
         organigramme|orgchart|org chart|leave form|conges|entretien annuel|notation|sf86|sf 86|alpha roster|recall roster|\
         liste ouvriers|reference form|lettre motivation|contrat travail|effectifs|aircrew",
    ),
    ((Personnel, NOT), "roster football|football|team roster|u12"),
    (
        (Legal, STRONG),
        "settlement*|witness statement|court order|court|affidavit|subpoena|summons|assignation|tribunal|jugement|conclusions|\
         contract*|contrat*|agreement|nda|accord|protocole|complaint|plainte|charge sheet|lawsuit|deposition|divorce|testament|\
         succession|expertise|mise en demeure|power of attorney|lease|bail|litigation|avocat|proces verbal",
    ),
    (
        (Facilities, STRONG),
        "floorplan*|floor plan*|plan de masse|plan masse|plan base|plan batiment|site plan|site network|network diagram|blueprint*|bldg*|\
         fence|perimeter|cctv|camera layout|releve topo*|track|schema reseau|access control|alarm*|key plan|sleutelplan|evacuation|\
         base map|plan etage|cablage|wiring",
    ),
    (
        (Military, STRONG),
        "opord|frago|oplan|warno|conop|conops|ordre operation|ordre d operation|odb|ordre bataille|munitions|ammo|ammunition|sitrep|\
         intsum|sorties|sortie|deployment|exercise|radar|missile|crew list|call signs|frequencies|weapons|etat munitions|roe|opsec",
    ),
];
