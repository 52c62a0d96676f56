namespace PolicyMTA.Sdk;

/// <summary>How Postfix names the classes of what is refused (smtpd_check.c).</summary>
internal static class RefusedClass
{
    public static string NameOf(RefusedItem item) => item switch
    {
        RefusedItem.UnverifiedClient => "Unverified Client host",
        RefusedItem.ClientCertificate => "Client certificate",
        RefusedItem.SaslLogin => "SASL login name",
        RefusedItem.Helo => "Helo command",
        RefusedItem.Sender => "Sender address",
        RefusedItem.Recipient => "Recipient address",
        RefusedItem.Etrn => "Etrn command",
        RefusedItem.Data => "Data command",
        RefusedItem.EndOfData => "End-of-data",
        _ => "Client host",
    };
}
