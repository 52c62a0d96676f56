namespace PolicyMTA.Sdk;

/// <summary><c>reject_unverified_sender</c> and <c>reject_unverified_recipient</c>: refuse what the next hop would not take. Thread-safe.</summary>
public sealed class VerificationCheck
{
    private const string SenderPrefix = "unverified_sender";
    private const string RecipientPrefix = "unverified_recipient";
    // As smtpd(8) cuts the next hop's words in a deferral.
    private const int LongestReason = 250;

    private readonly IAddressVerifier _verifier;
    private readonly RefusedItem _item;
    private readonly int _rejectCode;
    private readonly int _deferCode;
    private readonly string _reason;
    private readonly Func<Verdict.Refuse, Verdict> _defer;

    private VerificationCheck(IPluginServices services, RefusedItem item, string prefix)
    {
        ArgumentNullException.ThrowIfNull(services);
        var settings = services.Settings;
        _verifier = services.Verifier;
        _item = item;
        _rejectCode = CodeOf(settings, prefix + "_reject_code");
        _deferCode = CodeOf(settings, prefix + "_defer_code");
        _reason = settings.Text(prefix + "_reject_reason").Trim();
        _defer = Refusals.TempfailAction(settings, prefix + "_tempfail_action");
    }

    /// <summary>Checks senders.</summary>
    public static VerificationCheck OfSender(IPluginServices services) => new(services, RefusedItem.Sender, SenderPrefix);

    /// <summary>Checks recipients.</summary>
    public static VerificationCheck OfRecipient(IPluginServices services) => new(services, RefusedItem.Recipient, RecipientPrefix);

    /// <summary>Declares the parameters that <see cref="OfSender"/> reads besides those of <see cref="AddressCheck"/>.</summary>
    public static void DeclareForSender(IPluginRegistry registry) => Declare(registry, SenderPrefix);

    /// <summary>Declares the parameters that <see cref="OfRecipient"/> reads, likewise.</summary>
    public static void DeclareForRecipient(IPluginRegistry registry) => Declare(registry, RecipientPrefix);

    /// <summary>Refuses an address that does not take mail, or of which that is not known yet. The null sender takes mail.</summary>
    public async ValueTask<Verdict> CheckAsync(Address address, SessionFacts session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(session);
        if (address.IsNull) return Verdict.Dunno;
        try
        {
            return Judge(await _verifier.VerifyAsync(address, session.IsUnderStress, cancellationToken));
        }
        catch (TemporaryFailureException)
        {
            return _defer(Refusal(Refusals.TemporaryCode, "address verification problem"));
        }
    }

    // smtpd(8): the parameter's code says which way it is worded, and 2xx lets the address pass.
    private Verdict Judge(AddressVerification known)
    {
        var code = known.Standing switch { AddressStanding.Deliverable => 250, AddressStanding.Undeliverable => _rejectCode, _ => _deferCode };
        if (code < 300) return Verdict.Dunno;
        var reason = _reason.Length > 0 ? _reason : known.Text;
        if (code >= 500) return Refusal(code, $"undeliverable address: {reason}");
        return _defer(Refusal(code, $"unverified address: {(reason.Length > LongestReason ? reason[..LongestReason] : reason)}"));
    }

    private Verdict.Refuse Refusal(int code, string text) => Refusals.Of(code, _item == RefusedItem.Sender ? "4.1.7" : "4.1.1", text, _item);

    private static int CodeOf(ISettings settings, string name)
    {
        var code = settings.Int32(name);
        return code is (>= 200 and <= 299) or (>= 400 and <= 599) ? code : throw new ConfigurationException($"{name} is a reply code from 400 to 599, or 2xx to let the address pass, not {code}");
    }

    private static void Declare(IPluginRegistry registry, string prefix)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting(prefix + "_reject_code", "450");
        registry.AddSetting(prefix + "_defer_code", "450");
        registry.AddSetting(prefix + "_reject_reason", "");
        registry.AddSetting(prefix + "_tempfail_action", "$reject_tempfail_action");
    }
}
