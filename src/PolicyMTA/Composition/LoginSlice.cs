using PolicyMTA.Configuration;
using PolicyMTA.Receiving;
using PolicyMTA.Sdk;

namespace PolicyMTA.Composition;

/// <summary>A listener's <c>smtpd_sasl_</c> parameters in receiving's words.</summary>
internal static class LoginSlice
{
    /// <summary>How its clients may log in.</summary>
    public static LoginSettings Of(Parameters parameters) => new()
    {
        Mechanisms = Mechanisms(parameters),
        Security = Security(parameters, "smtpd_sasl_security_options"),
        TlsSecurity = Security(parameters, "smtpd_sasl_tls_security_options"),
        ExceptedNetworks = parameters.Networks("smtpd_sasl_exceptions_networks"),
        ServesBrokenClients = parameters.Boolean("broken_sasl_auth_clients"),
        NamesAccount = parameters.Boolean("smtpd_sasl_authenticated_header"),
        ResponseLimit = parameters.Int32("smtpd_sasl_response_limit"),
        FailureLimit = parameters.Int32("smtpd_sasl_failure_limit"),
        AccountFailureLimit = parameters.Int32("smtpd_sasl_account_failure_limit"),
        FailureWindow = parameters.Duration("smtpd_sasl_failure_window"),
    };

    // What the guide's server offers; another authenticator has its own list of what to offer, and Postfix leaves out EXTERNAL.
    private static MechanismFilter Mechanisms(Parameters parameters)
    {
        var words = parameters.List("smtpd_sasl_mechanism_filter");
        if (words.Count == 0) words = parameters.Text("smtpd_sasl_type") == "passwords" ? ["PLAIN", "LOGIN"] : ["!EXTERNAL", "static:rest"];
        return MechanismFilter.TryParse(words, out var filter, out var error) ? filter : throw new ConfigurationException(error);
    }

    private static SaslSecurity Security(Parameters parameters, string name) =>
        SaslSecurityOptions.TryParse(parameters.List(name), out var security, out var error) ? security : throw new ConfigurationException($"{name}: {error}");
}
