# Ce que dit un avis.
letter-subject = { $ticket } : des courriels destinés à { $domain } s’égarent
letter-title = Avis { $ticket }
letter-for = À l’attention de : { $organisation }

letter-who-title = Qui nous sommes et pourquoi vous recevez cet avis
letter-who = Nous gérons le domaine de premier niveau { $zone }. Des personnes qui veulent écrire à { $domain } saisissent parfois, par erreur, un nom en { $zone } ; leurs courriels arrivent alors sur notre serveur { $hostname }. Vous recevez cet avis parce que vous êtes notre contact pour : { $organisation }.
letter-who-what = Il vous indique le volume de ces courriels et ce que vous pouvez faire. Il ne comporte ni le contenu d’un message, ni l’adresse d’une personne.

letter-counts-title = Ce qui est arrivé
letter-period = Du { $first } au { $last }, à destination de { $domain } :
letter-period-day = Le { $first }, à destination de { $domain } :
letter-period-gaps = À des jours compris entre le { $first } et le { $last }, à destination de { $domain }. Les jours dont nos avis précédents vous ont tout dit sont laissés de côté :
letter-counts-what = Nature
letter-counts-count = Destinataires
letter-misdirected = Courriels d’une personne à une autre
letter-reflection = Courriels de services vers une adresse mal saisie
letter-counts-note = Un message à trois personnes compte trois fois. Seuls sont comptés les courriels dont nous sommes sûrs qu’ils étaient destinés à votre domaine ; les indésirables, les retours automatiques et les tests sont exclus.

letter-names-title = Les noms saisis
letter-names-name = Nom
letter-names-other = autres noms
letter-names-note = Les noms situés au-dessous de ceux-ci sont comptés avec eux.

letter-senders-title = Qui a écrit
letter-senders-name = Domaine expéditeur
letter-senders-count = Messages
letter-senders-other = { $n-count ->
    [one] un autre domaine, non nommé
   *[other] { $n } autres domaines, non nommés
}
letter-senders-others = autres domaines, non nommés
letter-senders-note = Sont nommés les fournisseurs de messagerie ouverts à tous, les organismes que nous connaissons et les domaines qui ont envoyé au moins trois messages ; { $most } au plus.
letter-senders-none = Aucun domaine expéditeur n’a envoyé assez de messages pour que nous puissions le nommer.
letter-senders-shared = { $domain } est utilisé par de nombreuses personnes sans lien entre elles : nous ne nommons donc aucun domaine expéditeur.

letter-do-title = Ce que vous pouvez faire
letter-do-block = Sur votre passerelle de courrier sortant, refusez les messages à destination des noms ci-dessus et de tous ceux situés au-dessous. Quiconque se trompe ainsi chez vous l’apprend aussitôt, et rien ne sort.
letter-do-tell = Prévenez les personnes qui vous écrivent depuis les domaines expéditeurs ci-dessus : le bon nom est { $domain }. Les noms erronés subsistent dans les carnets d’adresses et dans la saisie automatique des logiciels de messagerie.
letter-do-tell-all = Prévenez les personnes qui vous écrivent : le bon nom est { $domain }. Les noms erronés subsistent dans les carnets d’adresses et dans la saisie automatique des logiciels de messagerie.
letter-do-services = Demandez à vos utilisateurs de vérifier l’adresse qu’ils ont donnée à des services : un compte dont l’adresse est mal saisie continue d’envoyer.
letter-do-answer = Répondez à ce message en laissant { $ticket } dans l’objet. Dites-nous si quelque chose est inexact, si ces avis doivent aller à quelqu’un d’autre, ou si nous devons désormais refuser les courriels vers ces noms, afin que les expéditeurs reçoivent aussitôt une erreur.

letter-real-title = Comment vérifier que cet avis est authentique
letter-real = Cet avis n’a pas de pièce jointe et ne demande ni mot de passe, ni paiement, ni visite d’une page.
letter-real-at = Nous le confirmons ici : { $where }. Indiquez le numéro { $ticket }.
letter-real-iana = Vous n’avez pas à nous croire sur parole : trouvez par vos propres moyens le gestionnaire de { $zone } dans la base de la zone racine de l’IANA, et demandez-lui confirmation de { $ticket }.

letter-hold-title = Ce que nous détenons
letter-hold = D’une partie de ces courriels, ou de tous, il se peut que nous n’ayons gardé aucune copie : il n’en reste alors que ces chiffres. Ce que nous avons gardé a été scellé dès l’arrivée, c’est-à-dire chiffré avec une clé qui ne se trouve pas sur notre serveur. Les personnes qui travaillent sur ces chiffres n’en ont rien lu et ne le peuvent pas.

letter-earlier-title = Avis précédent
letter-earlier = Notre avis précédent portait le numéro { $ticket }. Rien de ce que comptait un avis précédent n’est compté de nouveau.
letter-earlier-overlap = Notre avis précédent portait le numéro { $ticket }. Lorsqu’il est arrivé davantage pour un jour dont nous vous avions parlé, ce jour est compté ici en entier : { $n-count ->
    [one] { $n } destinataire compté ici l’était déjà dans un avis précédent
   *[other] { $n } destinataires comptés ici l’étaient déjà dans un avis précédent
}.

letter-audit-title = Pour vos dossiers
letter-audit = Lorsque cet avis a été rédigé, la dernière entrée de notre journal d’audit portait le numéro { $seq }, avec cette valeur SHA-256 :
letter-audit-what = Conservez-la : si quelqu’un modifiait plus tard nos enregistrements de cette époque, ils ne conduiraient plus à cette valeur, et vous pourriez le montrer.
