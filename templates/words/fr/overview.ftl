overview-lede = Les 30 derniers jours. Le dernier message est arrivé le { $moment }.
overview-misdirected = Courrier mal adressé
overview-misdirected-means = Destinataires de ce qu’une personne a écrit à une autre
overview-reflection = Adresses mal saisies
overview-reflection-means = Destinataires de ce que des services ont écrit à une adresse mal saisie par son utilisateur
overview-noise = Bruit
overview-noise-means = Destinataires d’indésirables, de réponses automatiques et de tests
overview-change-more = { $n } de plus que les 30 jours précédents ({ $before })
overview-change-fewer = { $n } de moins que les 30 jours précédents ({ $before })
overview-change-same = Autant que les 30 jours précédents
overview-change-first = Aucun les 30 jours précédents
overview-silent = { $n-count ->
    [one] Aucun message n’est arrivé depuis une heure.
   *[other] Aucun message n’est arrivé depuis { $n } heures.
}
overview-silent-next = C’est inhabituel pour une zone surveillée. Vérifiez que les enregistrements MX mènent toujours ici et que le port 25 est joignable.
overview-tasks = Ce qui attend quelqu’un
overview-task-failed = Avis qui n’ont pas pu être distribués
overview-task-drafts = Avis à approuver
overview-task-waiting = Avis approuvés, en attente d’envoi
overview-task-open = Dossiers ouverts, hors bruit
overview-task-unassigned = Non attribués, hors bruit : le domaine visé est inconnu
overview-task-none = aucun
overview-task-many = { $n } ou plus
overview-chart = Jour par jour
overview-cases = Principaux dossiers ouverts
overview-no-cases = Aucun dossier n’est ouvert.
overview-all-cases = Tous les dossiers
overview-case-domain = Domaine visé
overview-case-organisation = Organisme
overview-case-state = État
overview-case-last = Dernier courrier
overview-case-genuine = Mal adressés et adresses mal saisies
overview-case-all = Tous les destinataires
overview-case-shared = nombreux utilisateurs
overview-case-nobody = absent du répertoire
overview-held = Ce qui est conservé
overview-sealed = Messages scellés
overview-sealed-items = { $n-count ->
    [one] Un pli, { $bytes }
   *[other] { $n } plis, { $bytes }
}
overview-sealed-means = Chiffrés dès l’arrivée pour des clés qui ne sont pas sur cette machine. Aucun compte ne peut les ouvrir.
overview-sent = Avis envoyés à ce jour
overview-sessions = Connexions des 30 derniers jours
overview-sessions-total = Connexions
overview-auth = Tentatives d’identification
overview-auth-means = Logiciels de messagerie réglés sur un nom de serveur mal saisi, ou personnes qui devinent. Chacune a été refusée, sans que le mot de passe soit lu.
overview-relay = Tentatives de relais
overview-relay-means = Destinataires hors de nos zones. Chacun a été refusé.
overview-refused = Destinataires refusés pour d’autres raisons
overview-empty-title = Aucun courrier n’est encore arrivé
overview-empty-text = Le serveur de réception fonctionne. Pour voir le premier message :
overview-empty-zone = Publiez les lignes MX indiquées par la documentation (docs/operations.md) pour les domaines à surveiller.
overview-empty-organisations = Indiquez au programme à qui appartient chaque domaine. Sur le serveur :
overview-empty-look = Voyez comment serait compris le courrier pour un domaine :
overview-empty-send = Envoyez un message à un domaine surveillé depuis un autre système de messagerie. Il apparaît ici en quelques secondes.
chart-title = Destinataires par jour et par nature de courrier
chart-genuine = Mal adressés et adresses mal saisies, par jour
chart-noise = Bruit, à une échelle propre
chart-description = Du { $first } au { $last } : { $misdirected } destinataires de courrier mal adressé, { $reflection } d’adresses mal saisies et { $noise } de bruit. Le jour le plus chargé, hors bruit, est le { $day }, avec { $most }.
chart-table = Les chiffres en tableau
chart-day = Jour
chart-sum = Total
