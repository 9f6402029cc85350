import { catalogue } from '../../lib/i18n';

/** The words of a single sign-on that did not come to its end. */
export const useSsoWords = catalogue(
  {
    'error.other': 'Single sign-on did not work. Try again.',
    'error.not_configured': 'Single sign-on is not set up here.',
    'error.provider_unavailable': 'The sign-in service does not answer. Try again in a minute.',
    'error.provider_refused': 'The sign-in service refused. Ask whoever looks after it.',
    'error.access_denied': 'You broke the sign-in off, or the sign-in service does not let you in here.',
    'error.state_expired': 'It took too long. Begin again.',
    'error.email_unverified': 'The sign-in service has not verified your e-mail address.',
    'error.domain_not_allowed': 'People of your e-mail domain cannot sign in here.',
    'error.account_exists': 'There is an account with your address already. Sign in with its password.',
    'error.account_inactive': 'Your account is not active. Ask an administrator.',
    'error.no_membership': 'You are not a member here yet. Ask an administrator for an invitation.',
    'error.tenant_pending': 'The organisation waits to be activated.',
    'error.tenant_suspended': 'The organisation is suspended. Ask whoever runs this service.',
    'error.rate_limited': 'Too many attempts. Wait a minute.',
  },
  {
    'error.other': 'Die Anmeldung über den Anmeldedienst hat nicht geklappt. Versuchen Sie es erneut.',
    'error.not_configured': 'Die Anmeldung über einen Anmeldedienst ist hier nicht eingerichtet.',
    'error.provider_unavailable': 'Der Anmeldedienst antwortet nicht. Versuchen Sie es in einer Minute erneut.',
    'error.provider_refused': 'Der Anmeldedienst hat abgelehnt. Fragen Sie, wer ihn betreut.',
    'error.access_denied': 'Sie haben abgebrochen, oder der Anmeldedienst lässt Sie hier nicht zu.',
    'error.state_expired': 'Es hat zu lange gedauert. Beginnen Sie noch einmal.',
    'error.email_unverified': 'Der Anmeldedienst hat Ihre E-Mail-Adresse nicht bestätigt.',
    'error.domain_not_allowed': 'Mit Ihrer E-Mail-Domain kann man sich hier nicht anmelden.',
    'error.account_exists': 'Zu Ihrer Adresse gibt es schon ein Konto. Melden Sie sich mit dessen Passwort an.',
    'error.account_inactive': 'Ihr Konto ist nicht aktiv. Fragen Sie eine Administratorin.',
    'error.no_membership': 'Sie sind hier noch kein Mitglied. Bitten Sie um eine Einladung.',
    'error.tenant_pending': 'Die Organisation wartet auf ihre Freischaltung.',
    'error.tenant_suspended': 'Die Organisation ist gesperrt. Fragen Sie, wer diesen Dienst betreibt.',
    'error.rate_limited': 'Zu viele Versuche. Warten Sie eine Minute.',
  },
);
