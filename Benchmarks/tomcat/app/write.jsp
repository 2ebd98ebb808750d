<%@ page session="true" trimDirectiveWhitespaces="true" %><%
byte[] value = new byte[1024];
java.util.concurrent.ThreadLocalRandom.current().nextBytes(value);
session.setAttribute("v", value);
response.setStatus(204);
%>
