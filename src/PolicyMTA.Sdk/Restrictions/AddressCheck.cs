namespace PolicyMTA.Sdk;

/// <summary>What is asked of senders and recipients alike: that they are whole, that their domain takes mail, that they exist. Thread-safe.</summary>
public sealed class AddressCheck
{
    private const string Tempfail = "unknown_address_tempfail_action";
    private readonly IPluginServices _services;
    private readonly RefusedItem _item;
    private readonly Verdict.Refuse _unqualified;
    private readonly Verdict.Refuse _unknownDomain;
    private readonly Verdict _undecided;
    private readonly bool _showsTable;

    private AddressCheck(IPluginServices services, RefusedItem item)
    {
        ArgumentNullException.ThrowIfNull(services);
        var settings = services.Settings;
        _services = services;
        _item = item;
        _unqualified = Refusals.Of(ReplyCode.From(settings, "non_fqdn_reject_code"), "5.5.2", "need fully-qualified address", item);
        _unknownDomain = Refusals.Of(ReplyCode.From(settings, "unknown_address_reject_code"), IsSender ? "4.1.8" : "4.1.2", "Domain not found", item);
        _undecided = Refusals.TempfailAction(settings, Tempfail)(
            _unknownDomain with { Code = Refusals.TemporaryCode, Status = _unknownDomain.Status.For(Refusals.TemporaryCode) });
        _showsTable = settings.Boolean("show_user_unknown_table_name");
    }

    private bool IsSender => _item == RefusedItem.Sender;

    /// <summary>Checks senders.</summary>
    public static AddressCheck OfSender(IPluginServices services) => new(services, RefusedItem.Sender);

    /// <summary>Checks recipients.</summary>
    public static AddressCheck OfRecipient(IPluginServices services) => new(services, RefusedItem.Recipient);

    /// <summary>Declares the parameters that it reads.</summary>
    public static void Declare(IPluginRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        registry.AddSetting("non_fqdn_reject_code", "504");
        registry.AddSetting("unknown_address_reject_code", "450");
        registry.AddSetting("reject_tempfail_action", "defer_if_permit");
        registry.AddSetting(Tempfail, "$reject_tempfail_action");
        registry.AddSetting("show_user_unknown_table_name", "yes");
        registry.AddSetting("unknown_local_recipient_reject_code", "550");
        registry.AddSetting("unknown_relay_recipient_reject_code", "550");
        registry.AddSetting("unknown_virtual_alias_reject_code", "550");
        registry.AddSetting("unknown_virtual_mailbox_reject_code", "550");
    }

    /// <summary>Refuses an address whose domain is neither a name of two labels nor a literal.</summary>
    public Verdict Qualification(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var isGood = address.IsNull || address.Domain is ['[', .., ']'] || HostName.IsQualified(HostName.WithoutRoot(address.Domain));
        return isGood ? Verdict.Dunno : _unqualified;
    }

    /// <summary>Refuses an address whose domain is not ours and has no MX or address record, or takes no mail.</summary>
    public async ValueTask<Verdict> DomainAsync(Address address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Domain.Length == 0 || address.Domain.StartsWith('[')) return Verdict.Dunno;
        // Mail for relay_domains goes on by DNS, so theirs is looked up too.
        if (await _services.Addresses.ClassifyAsync(address, cancellationToken) is AddressClass.Local or AddressClass.VirtualAlias or AddressClass.VirtualMailbox) return Verdict.Dunno;
        return await MailDomain.FindAsync(_services.Dns, address.Domain, cancellationToken) switch
        {
            MailDomainStatus.Failure => _undecided,
            MailDomainStatus.NotFound => _unknownDomain,
            MailDomainStatus.Malformed => _unknownDomain with { Text = MailDomain.MalformedReply },
            // RFC 7505 §4.2.
            MailDomainStatus.NullMx => Refusals.Of(IsSender ? 550 : 556, IsSender ? "5.7.27" : "5.1.10", $"Domain {address.Domain} does not accept mail (nullMX)", _item),
            _ => Verdict.Dunno,
        };
    }

    /// <summary>Refuses an address of ours that does not exist.</summary>
    /// <exception cref="TemporaryFailureException">A table could not say.</exception>
    public async ValueTask<Verdict> ExistenceAsync(Address address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsNull) return Verdict.Dunno;
        var status = await _services.Addresses.ValidateAsync(address, cancellationToken);
        if (status.IsKnown) return Verdict.Dunno;
        if (status.Relocated is { } moved) return Moved(moved);
        var code = ReplyCode.From(_services.Settings, status.Class switch
        {
            AddressClass.VirtualMailbox => "unknown_virtual_mailbox_reject_code",
            AddressClass.VirtualAlias => "unknown_virtual_alias_reject_code",
            AddressClass.Relay => "unknown_relay_recipient_reject_code",
            _ => "unknown_local_recipient_reject_code",
        });
        var text = _showsTable && status.Table.Length > 0 ? $"User unknown in {status.Table}" : "User unknown";
        return Refusals.Of(code, IsSender ? "5.1.0" : "5.1.1", text, _item);
    }

    // The table's text may begin with a status of its own (relocated_prefix_enable = no).
    private Verdict Moved(string text)
    {
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var hasStatus = space > 0 && EnhancedStatus.TryParse(text[..space], out var status) && status.Class is 4 or 5;
        return hasStatus ? Refusals.Of(text[0] == '4' ? 450 : 550, text[..space], text[(space + 1)..].Trim(), _item) : Refusals.Of(550, IsSender ? "5.1.0" : "5.1.1", text, _item);
    }
}
