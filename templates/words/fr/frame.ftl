# Le cadre de chaque page.
frame-skip = Aller au contenu
frame-zone = Registre du { $zone }
frame-logged-in-as = Session ouverte :
frame-logout = Se déconnecter
frame-language = Langue
frame-navigation = Pages
frame-promise = Les messages sont scellés dès leur arrivée. Personne au registre ne peut les ouvrir ; ces pages ne montrent que des chiffres et des métadonnées.
place-overview = Vue d’ensemble
place-cases = Dossiers
place-unassigned = Non attribués
place-messages = Messages
place-organisations = Organismes
place-notices = Avis
place-rules = Règles
place-policies = Réception
place-lookup = Examiner un domaine
place-operator = Courrier du registre
place-audit = Journal d’audit
place-accounts = Comptes

# Quand il n’y a pas de page à montrer.
error-home = Aller à la première page
error-missing-title = Cette page n’existe pas
error-missing-text = L’adresse est peut-être mal saisie, ou ce qu’elle désignait a été supprimé à l’échéance de sa conservation.
error-missing-next = Cherchez dans les listes.
error-forbidden-title = Votre rôle ne le permet pas
error-forbidden-text = Chaque compte a un seul rôle, et cette page ou cette action relève d’un autre. Rien n’a été modifié.
error-forbidden-next = Si vous en avez besoin pour votre travail, adressez-vous à la personne qui gère les comptes.
error-foreign-form-title = Ce formulaire n’a pas pu être accepté
error-foreign-form-text = Il ne vient pas d’une page de votre session en cours : la page datait d’avant votre connexion, ou un autre site a tenté de l’envoyer à votre place. Rien n’a été modifié.
error-foreign-form-next = Revenez en arrière, rechargez la page et envoyez de nouveau le formulaire.
error-unreadable-title = Cette demande n’a pas pu être lue
error-unreadable-text = L’adresse ou le formulaire contient quelque chose que cette page n’attend pas. Rien n’a été modifié.
error-unreadable-next = Revenez en arrière, rechargez la page et réessayez.
error-wrong-method-title = Cette adresse ne reçoit que des formulaires
error-wrong-method-text = Elle n’a pas de page à elle : il n’y a rien à montrer. Rien n’a été modifié.
error-wrong-method-next = Revenez à la page précédente.
error-refused-title = Cela n’a pas pu être fait
error-refused-next = Rien n’a été modifié.
error-too-large-title = Ce formulaire est trop grand
error-too-large-text = Un formulaire ne peut pas dépasser 64 ko. Rien n’a été modifié.
error-too-large-next = Revenez en arrière et envoyez-le en plusieurs parties.
error-busy-title = Trop de travail en ce moment
error-busy-text = Le serveur n’a pas pu répondre à temps. La réception du courrier passe avant ces pages.
error-busy-next = Attendez une minute et rechargez la page. Si cela dure, prévenez la personne qui exploite le serveur.
error-failed-title = Une erreur s’est produite
error-failed-text = La page n’a pas pu être préparée. La cause est dans le journal du serveur. Le courrier continue d’être reçu et scellé.
error-failed-next = Réessayez dans une minute. Si cela dure, prévenez la personne qui exploite le serveur, en indiquant l’heure.

# Au-dessus d’un formulaire refusé ; la première précède le titre.
frame-error = {"Erreur : "}
frame-error-summary = Il y a un problème
